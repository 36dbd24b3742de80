import { createServer, connect, type Socket } from 'node:net';
import { protocolAPIsById } from '@platformatic/kafka';
import type { KafkaServer } from '../../local/kafka/kafka-server.ts';

/** A request on its way to the broker, or the answer on its way back. */
export interface Frame {
  what: 'request' | 'answer';
  /** The protocol's name of the request, such as EndTxn. */
  api: string;
  bytes: Buffer;
}
/**
 * `cut`: it does not arrive, and the connection is gone. `answer`: of a request, this is answered, and the broker doesn't hear
 * of it. A frame that waits holds up what comes after it on its connection.
 */
export type Verdict = 'pass' | 'cut' | { answer: Buffer };

export interface KafkaProxy {
  /** For clients, who never see the broker itself. */
  brokers: string;
  /** Asked of each frame, in order; all pass until it is set. */
  judge: (frame: Frame) => Verdict | Promise<Verdict>;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const NEWS_OF_BROKERS = ['Metadata', 'FindCoordinator'];

/** Stands between clients and a broker, knows the protocol's frames, and does with them what it is told. */
export async function openKafkaProxy(server: KafkaServer): Promise<KafkaProxy> {
  const sockets = new Set<Socket>();
  const proxy: KafkaProxy = { brokers: '', judge: () => 'pass', close: async () => {} };
  const listener = createServer((client) => {
    const broker = connect(server.port, HOST);
    const asked: { api: string; answer?: Buffer }[] = [];
    const cut = () => [client, broker].forEach((socket) => socket.destroy());
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on('error', cut);
      socket.on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    const pump = async (from: Socket, to: Socket, frameOf: (bytes: Buffer) => Frame) => {
      for await (const bytes of framesOf(from)) {
        const frame = frameOf(bytes);
        const verdict = await proxy.judge(frame);
        if (verdict === 'cut') return cut();
        if (verdict === 'pass') to.write(frame.bytes);
        else asked.at(-1)!.answer = verdict.answer;
        answerOurselves();
      }
    };
    const requestOf = (bytes: Buffer): Frame => {
      const api = protocolAPIsById[bytes.readInt16BE(4)] ?? '?';
      asked.push({ api });
      return { what: 'request', api, bytes };
    };
    // A broker answers the requests of a connection in their order.
    const answerOf = (bytes: Buffer): Frame => {
      const api = asked.shift()?.api ?? '?';
      return { what: 'answer', api, bytes: NEWS_OF_BROKERS.includes(api) ? renamed(bytes) : bytes };
    };
    const answerOurselves = () => {
      for (; asked[0]?.answer; asked.shift()) client.write(asked[0].answer);
    };
    pump(client, broker, requestOf).catch(cut);
    pump(broker, client, answerOf).catch(cut);
  });
  await new Promise<void>((resolve) => listener.listen(0, HOST, resolve));
  const { port } = listener.address() as { port: number };
  proxy.brokers = `${HOST}:${port}`;
  proxy.close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => listener.close(() => resolve()));
  };
  return proxy;

  /** Where the broker names itself, the proxy is named: host as the protocol's compact string, then the port. */
  function renamed(bytes: Buffer): Buffer {
    const address = (of: number) => {
      const named = Buffer.from(`\n${HOST}____`);
      named.writeInt32BE(of, named.length - 4);
      return named;
    };
    const copy = Buffer.from(bytes);
    for (let at = copy.indexOf(address(server.port)); at !== -1; at = copy.indexOf(address(server.port))) {
      address(port).copy(copy, at);
    }
    return copy;
  }
}

/** Each with its length in front. */
async function* framesOf(socket: Socket): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const block of socket as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, block]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      yield rest.subarray(0, end);
      rest = rest.subarray(end);
    }
  }
}
