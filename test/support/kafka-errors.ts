import { protocolErrors } from '@platformatic/kafka';

/** What stands in an answer before its first error code: bytes, compact strings, arrays of which the first entry is gone into, tags. */
type Step = number | 'string' | 'array' | 'tags';

const THROTTLE = 4;
const UUID = 16;
const INDEX = 4;
/** Length and correlation id, and the head's tags, of which there are none. */
const HEAD_BYTES = 9;

/** In the versions that src/kafka asks for: kafka.apache.org, protocol, the response of each. */
const BEFORE_ERROR: Record<string, Step[]> = {
  Metadata: [THROTTLE, 'array', 4, 'string', 4, 'string', 'tags', 'string', 4, 'array'],
  FindCoordinator: [THROTTLE, 'array', 'string', 4, 'string', 4],
  CreateTopics: [THROTTLE, 'array', 'string', UUID],
  DeleteTopics: [THROTTLE, 'array', 'string', UUID],
  DescribeConfigs: [THROTTLE, 'array'],
  InitProducerId: [THROTTLE],
  AddPartitionsToTxn: [THROTTLE, 'array', 'string', 'array', INDEX],
  Produce: ['array', 'string', 'array', INDEX],
  AddOffsetsToTxn: [THROTTLE],
  TxnOffsetCommit: [THROTTLE, 'array', 'string', 'array', INDEX],
  EndTxn: [THROTTLE],
  OffsetFetch: [THROTTLE, 'array', 'string', 'array', 'string', 'array', INDEX, 8, 4, 'string'],
  ListOffsets: [THROTTLE, 'array', 'string', 'array', INDEX],
  Fetch: [THROTTLE, 2, 4, 'array', UUID, 'array', INDEX],
  DeleteGroups: [THROTTLE, 'array', 'string'],
};

export type ErrorId = keyof typeof protocolErrors;

/** The same answer with an error in it; undefined where it has no place for one, since nothing was asked for. */
export function withError(answer: Buffer, api: string, error: ErrorId): Buffer | undefined {
  const copy = Buffer.from(answer);
  let at = HEAD_BYTES;
  for (const step of BEFORE_ERROR[api] ?? []) {
    if (typeof step === 'number') at += step;
    else {
      const { value, end } = varintAt(copy, at);
      if (step === 'array' && value < 2) return undefined;
      // Of a string one less is its length, and none is null.
      at = step === 'string' ? end + Math.max(0, value - 1) : end;
    }
  }
  copy.writeInt16BE(protocolErrors[error]!.code, at);
  return copy;
}

/** An answer to this request. */
export function asAnswerTo(request: Buffer, answer: Buffer): Buffer {
  const copy = Buffer.from(answer);
  request.copy(copy, 4, 8, 12);
  return copy;
}

function varintAt(bytes: Buffer, begin: number): { value: number; end: number } {
  let [value, at] = [0, begin];
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: at };
  }
}
