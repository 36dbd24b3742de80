import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentWith } from '../environment.ts';

/** What `npm run setup:spark` makes. */
export interface Spark {
  /** For SPARK_HOME. */
  home: string;
  python: string;
  /** The folder of the JDBC drivers, which AWS Glue has by itself. */
  drivers: string;
}

const PLACE = fileURLToPath(new URL('../../../.spark', import.meta.url));
/** As spark-submit looks for it. */
const JAVA_VERSION = '"${JAVA_HOME:+$JAVA_HOME/bin/}java" -version';

/** Spark, or how to get what is missing of it. */
export async function findSpark(place = PLACE): Promise<Spark | { missing: string }> {
  const [java, home] = await Promise.all([hasJava(), findHome(place)]);
  if (java && home !== undefined) {
    return { home, python: join(place, 'bin', 'python'), drivers: join(place, 'jars') };
  }
  const steps = [
    ...(java ? [] : ['install Java 17 (apt-get install openjdk-17-jre-headless)']),
    ...(home !== undefined ? [] : ['install Python 3 (apt-get install python3-venv)', 'run npm run setup:spark']),
  ];
  return { missing: steps.join(', then ').replace(/^[a-z]/, (letter) => letter.toUpperCase()) };
}

async function hasJava(): Promise<boolean> {
  const said = await new Promise<string>((resolve) => {
    const env = environmentWith({}, {});
    execFile('sh', ['-c', JAVA_VERSION], { env }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
  return /version "17[."]/.test(said);
}

/** The stamp is written last: without it the installation is a half one. */
async function findHome(place: string): Promise<string | undefined> {
  try {
    await stat(join(place, 'stamp'));
    const python = (await readdir(join(place, 'lib'))).find((name) => name.startsWith('python3'));
    const home = join(place, 'lib', String(python), 'site-packages', 'pyspark');
    await stat(join(home, 'bin', 'spark-submit'));
    return home;
  } catch {
    return undefined;
  }
}
