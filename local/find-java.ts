import { execFile } from 'node:child_process';
import { environmentWith } from './aws/environment.ts';

/** JAVA_HOME comes before the PATH, as for the start scripts of Spark and of Kafka. */
const WHERE_AND_WHICH = `java=\${JAVA_HOME:+$JAVA_HOME/bin/}java; command -v "$java" && "$java" -version 2>&1`;

export const INSTALL_JAVA = 'install Java 17 (apt-get install openjdk-17-jre-headless)';

/** The path of a Java 17, on which both Spark 3.5 and Kafka 4 run. */
export async function findJava(): Promise<string | undefined> {
  const said = await new Promise<string>((resolve) => {
    execFile('sh', ['-c', WHERE_AND_WHICH], { env: environmentWith({}, {}) }, (_error, stdout) => resolve(stdout));
  });
  const [path] = said.split('\n');
  return /version "17[."]/.test(said) ? path : undefined;
}

/** One sentence of what is to be done, in this order. */
export function toInstall(steps: string[]): { missing: string } {
  return { missing: steps.join(', then ').replace(/^[a-z]/, (letter) => letter.toUpperCase()) };
}
