import { produceV9, Writer, type Connection } from '@platformatic/kafka';

const ALL_REPLICAS = -1;
const TIMEOUT_MILLISECONDS = 30_000;
const PRODUCE_KEY = produceV9.api.key;
const PRODUCE_VERSION = produceV9.api.version;

/** One encoded batch for one partition. @returns the offset of its first record */
export async function produceBatch(
  connection: Connection,
  batch: { transactionalId: string; topic: string; partition: number; records: Buffer },
): Promise<bigint> {
  const { responses } = await new Promise<ReturnType<typeof produceV9.parseResponse>>((resolve, reject) => {
    connection.send(
      PRODUCE_KEY,
      PRODUCE_VERSION,
      () => requestOf(batch),
      produceV9.parseResponse,
      true,
      true,
      (error, answer) => (answer ? resolve(answer) : reject(error as Error)),
    );
  });
  const [answered] = responses[0]?.partitionResponses ?? [];
  if (!answered) throw new Error(`The broker did not say where the batch for ${batch.topic} is.`);
  return answered.baseOffset;
}

/** Produce Request, version 9; the client's own function would encode the records itself. */
function requestOf({ transactionalId, topic, partition, records }: Parameters<typeof produceBatch>[1]): Writer {
  return Writer.create()
    .appendString(transactionalId)
    .appendInt16(ALL_REPLICAS)
    .appendInt32(TIMEOUT_MILLISECONDS)
    .appendArray([topic], (writer, name) => {
      writer.appendString(name).appendArray([partition], (inner, index) => {
        inner
          .appendInt32(index)
          .appendUnsignedVarInt(records.length + 1)
          .append(records);
      });
    })
    .appendTaggedFields();
}
