import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LOGGING = fileURLToPath(new URL('./log4j2.properties', import.meta.url));

/** To what lives for seconds or minutes starting quickly and staying small matter more than speed at last. */
const SMALL_AND_QUICK = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** @param options.isMeasured then speed is what matters */
export function javaArguments(options: {
  jars: string;
  heapMegabytes: number;
  temporary: string;
  isMeasured?: boolean;
}): string[] {
  return [
    `-Xmx${options.heapMegabytes}m`,
    ...(options.isMeasured === true ? [] : SMALL_AND_QUICK),
    '-XX:+ExitOnOutOfMemoryError',
    '-Dfile.encoding=UTF-8',
    // Neither the JVM's own statistics nor the unpacked native libraries stay behind in the system's folder.
    '-XX:-UsePerfData',
    `-Djava.io.tmpdir=${options.temporary}`,
    `-Dlog4j2.configurationFile=${LOGGING}`,
    '-cp',
    join(options.jars, '*'),
  ];
}
