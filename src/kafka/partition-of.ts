/**
 * The partition that Kafka's own producers, and so Kafka Connect and Debezium, put a key into: murmur2 of its bytes,
 * without the sign, modulo the number of partitions (BuiltInPartitioner.partitionForKey).
 */
export function partitionOf(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

const SEED = 0x9747b28c;
const FACTOR = 0x5bd1e995;

/** As org.apache.kafka.common.utils.Utils.murmur2 computes it, in 32 bits. */
function murmur2(data: Buffer): number {
  const { length } = data;
  let hash = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let part = Math.imul(data.readInt32LE(at), FACTOR);
    part = Math.imul(part ^ (part >>> 24), FACTOR);
    hash = Math.imul(hash, FACTOR) ^ part;
  }
  const rest = length - at;
  if (rest > 0) hash = Math.imul(hash ^ data.readUIntLE(at, rest), FACTOR);
  hash = Math.imul(hash ^ (hash >>> 13), FACTOR);
  return hash ^ (hash >>> 15);
}
