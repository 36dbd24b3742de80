import type { Client } from '../databases/postgres/connection.ts';
import { connect } from '../databases/postgres/connection.ts';
import { readSignalTable, type SignalTable } from '../databases/postgres/signal-table.ts';
import { RequestError } from '../errors.ts';
import { Cluster } from '../kafka/cluster.ts';
import { says } from '../kafka/errors.ts';
import { parseTableName } from '../request/table-name.ts';
import type { LoadRequest } from '../request/schema.ts';
import type { Services } from '../services.ts';
import { explainUnreachable } from './survey-kafka.ts';

const APPLICATION_NAME = 'initial-load survey';
const TABLE = 'topics.signals.table';
const NOTIFICATIONS = 'topics.signals.notifications';
const MAKE_TABLE =
  'Make it: create table … (id varchar(42) primary key, type varchar(32) not null, data varchar(2048)), and name it in signal.data.collection';

/** What a signal takes besides a condition: a table's name, twice, and two keys. */
const SIGNAL_CHARACTERS = 1_024;

/**
 * Looks at the table and the topic through which a connector is asked, where the request names them.
 * @throws RequestError for what isn't there, may not be used, or doesn't reach a connector; TransientError
 */
export async function surveySignals({ source, topics }: LoadRequest, services: Services): Promise<void> {
  if (!topics?.signals) return;
  const { table, notifications } = topics.signals;
  if (!parseTableName(table)) throw wrongTable(table, 'it is not schema.table', 'Name it with its schema');
  const field = 'source.connection';
  const address = await services.resolveConnection(source.connection, field, source.engine);
  const client = await connect(address, { applicationName: APPLICATION_NAME, field });
  try {
    await assertUsable(client, table, SIGNAL_CHARACTERS + longestCondition(source.tables));
  } finally {
    await client.end();
  }
  await assertTopic(topics.brokers, notifications, services);
}

async function assertUsable(client: Client, table: string, dataCharacters: number): Promise<void> {
  const found = await readSignalTable(client, table);
  if (!found) throw wrongTable(table, 'the source has no such table, or this user may not see it', MAKE_TABLE);
  const problem = problemOf(found, dataCharacters);
  if (problem) throw wrongTable(table, problem.wrong, problem.advice);
}

function problemOf(
  { wrongColumns, missingRights, published, dataLength = Infinity }: SignalTable,
  dataCharacters: number,
): { wrong: string; advice: string } | undefined {
  if (wrongColumns.length > 0)
    return {
      wrong: `it is no signal table: it has no column of text called ${wrongColumns.join(', ')}`,
      advice: MAKE_TABLE,
    };
  if (missingRights.length > 0)
    return { wrong: `this user lacks the right to ${missingRights.join(', ')} there`, advice: 'Grant it' };
  if (dataLength < dataCharacters)
    return {
      wrong: `its column data holds ${dataLength} characters, and a signal of this load may have ${dataCharacters}`,
      advice: 'Let it hold text without a limit',
    };
  if (published) return undefined;
  return {
    wrong: 'no publication has it, so that no connector hears of a signal',
    advice: "Add it to the connector's publication: alter publication … add table …",
  };
}

/** As JSON within JSON. */
function longestCondition(tables: LoadRequest['source']['tables']): number {
  const wheres = tables.map((table) => (typeof table === 'string' ? [] : (table.where ?? [])));
  return Math.max(0, ...wheres.map((where) => JSON.stringify(JSON.stringify(where)).length));
}

function wrongTable(value: string, wrong: string, advice: string): RequestError {
  return new RequestError({ field: TABLE, value, wrong, advice });
}

async function assertTopic(brokers: string, topic: string, services: Services): Promise<void> {
  const cluster = new Cluster(await services.resolveBrokers(brokers, 'topics.brokers'), APPLICATION_NAME);
  try {
    if (await isThere(cluster, topic)) return;
  } catch (error) {
    throw explainUnreachable(error, brokers);
  } finally {
    await cluster.close().catch(() => undefined);
  }
  throw new RequestError({
    field: NOTIFICATIONS,
    value: topic,
    wrong: 'the brokers have no such topic, or this user may not describe it',
    advice: 'Name the topic of notification.sink.topic.name; a connector makes it when it is first started with that',
  });
}

async function isThere(cluster: Cluster, topic: string): Promise<boolean> {
  try {
    return (await cluster.describeTopic(topic)) !== undefined;
  } catch (error) {
    if (says(error, 'TOPIC_AUTHORIZATION_FAILED')) return false;
    throw error;
  }
}
