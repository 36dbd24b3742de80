import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findJava, INSTALL_JAVA, toInstall } from '../../find-java.ts';

/** What `npm run setup:spark` makes. */
export interface Spark {
  /** For SPARK_HOME. */
  home: string;
  python: string;
  /** The folder of the JDBC drivers, which AWS Glue has by itself. */
  drivers: string;
}

const PLACE = fileURLToPath(new URL('../../../.spark', import.meta.url));

/** Spark, or how to get what is missing of it. */
export async function findSpark(place = PLACE): Promise<Spark | { missing: string }> {
  const [java, home] = await Promise.all([findJava(), findHome(place)]);
  if (java !== undefined && home !== undefined) {
    return { home, python: join(place, 'bin', 'python'), drivers: join(place, 'jars') };
  }
  return toInstall([
    ...(java !== undefined ? [] : [INSTALL_JAVA]),
    ...(home !== undefined ? [] : ['install Python 3 (apt-get install python3-venv)', 'run npm run setup:spark']),
  ]);
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
