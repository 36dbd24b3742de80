import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findJava, INSTALL_JAVA, toInstall } from '../find-java.ts';

/** What `npm run setup:kafka` makes, and the Java that runs it. */
export interface KafkaInstallation {
  /** The program's path. */
  java: string;
  /** The folder of the jars. */
  jars: string;
}

const PLACE = fileURLToPath(new URL('../../.kafka', import.meta.url));

/** Kafka, or how to get what is missing of it. */
export async function findKafka(place = PLACE): Promise<KafkaInstallation | { missing: string }> {
  const [java, complete] = await Promise.all([findJava(), isComplete(place)]);
  if (java !== undefined && complete) return { java, jars: join(place, 'jars') };
  return toInstall([
    ...(java !== undefined ? [] : [INSTALL_JAVA]),
    ...(complete ? [] : ['install Maven (apt-get install maven)', 'run npm run setup:kafka']),
  ]);
}

/** The stamp is written last: without it the installation is a half one. */
function isComplete(place: string): Promise<boolean> {
  return stat(join(place, 'stamp')).then(
    () => true,
    () => false,
  );
}
