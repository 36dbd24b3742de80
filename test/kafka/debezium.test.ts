import { expect, test } from '@jest/globals';
import { commandLinesNaming, startInAnotherProcess, untilGone } from '../support/other-process.ts';

test('after kill -9 of the program that started it, nothing of a publisher is left', async () => {
  const place = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const { child, answer } = await startInAnotherProcess<{ directory: string }>(`
    import { startDebezium } from ${place('../support/debezium.ts')};
    import { openTestKafka } from ${place('../support/kafka.ts')};
    import { startPostgres } from ${place('../../local/postgres-server.ts')};
    const [kafka, postgres] = await Promise.all([openTestKafka(), startPostgres({ settings: { wal_level: 'logical' } })]);
    const { directory } = await startDebezium({
      kafka, postgres, database: 'postgres', tables: 'hr[.].*', slot: 'publisher', topicPrefix: 'live',
    });
    console.log(JSON.stringify({ directory }));
    setInterval(() => {}, 1_000);`);
  expect(commandLinesNaming(answer.directory)).not.toEqual([]);
  child.kill('SIGKILL');
  await untilGone(answer.directory);
});
