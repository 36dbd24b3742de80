import type { Cluster } from '../../../kafka/cluster.ts';
import { LoadFailedError } from '../../../errors.ts';
import { sourceTableOf } from '../../../survey/loaded-tables.ts';
import type { QualifiedName } from '../../../model.ts';
import type { Load } from '../../../services.ts';
import { asAdmin } from '../../../target/topics/cluster.ts';
import { topicsOf } from '../../../target/topics/names.ts';
import type { FedTable } from './chunk.ts';

/** What a broker takes of one batch unless it is told otherwise. */
const USUAL_MESSAGE_BYTES = 1_048_588;

/** The load's tables, each with its topic. @throws LoadFailedError when one is gone, or has lost or won partitions */
export async function openTables(load: Load, cluster: Cluster): Promise<(table: QualifiedName) => FedTable> {
  const tables = new Map<QualifiedName, FedTable>();
  for (const { name, table, partitions } of topicsOf(load)) {
    const plan = load.plan.tables.find(({ source }) => source === table);
    const topic = await cluster.describeTopic(name);
    if (!plan) throw new Error(`The plan of load ${load.loadId} does not know the table ${table}.`);
    if (topic?.leaders.length !== partitions) {
      throw new LoadFailedError(
        `The topic ${name} ${topic ? `has ${topic.leaders.length} partitions instead of ${partitions}` : 'is gone'}: somebody else changed it.`,
      );
    }
    const configs = await asAdmin(load, 'Reading settings of topics', (admin) => admin.configsOf(name));
    const mostBytes = Number(configs.get('max.message.bytes') ?? USUAL_MESSAGE_BYTES);
    tables.set(table, { plan, read: sourceTableOf(load, plan), topic, mostBytes });
  }
  return (name) => {
    const table = tables.get(name);
    if (!table) throw new Error(`No topic was opened for ${name}.`);
    return table;
  };
}
