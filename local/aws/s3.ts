import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A stand-in for S3, not S3: enough of its HTTP interface (path style; conditional puts, gets, deletes, paged lists)
 * that the real SDK client talks to it, so that what the load store relies on can be tried on one machine. It checks no
 * signature and no permission, keeps everything in memory, and says `server: stand-in` in every answer.
 */
export interface S3StandIn {
  /** For AWS_ENDPOINT_URL_S3, or a client's `endpoint`. */
  endpoint: string;
  /** Makes the next matching request fail; several faults are used up in order. */
  failNext(fault: Fault): void;
  /** Every request so far: method and path with query. */
  requests: string[];
  stop(): Promise<void>;
}

interface Fault {
  method: 'GET' | 'PUT' | 'DELETE';
  /** Only a request whose URL holds this text. */
  url?: string;
  /** What S3 would answer: SlowDown is 503, ConditionalRequestConflict 409, … */
  error?: { status: number; code: string };
  /** The request is carried out, and the connection cut before the answer. */
  loseAnswer?: true;
}

interface StoredObject {
  body: Buffer;
  metadata: Record<string, string>;
}

/** @param pageSize keys a page of a list holds at most; S3 itself never gives more than 1,000. */
export async function startS3StandIn({ pageSize = 1_000 } = {}): Promise<S3StandIn> {
  const objects = new Map<string, StoredObject>();
  const faults: Fault[] = [];
  const requests: string[] = [];

  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => fail(response, 500, 'InternalError', String(error)));
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    requests.push(`${request.method} ${request.url}`);
    response.setHeader('server', 'stand-in');
    const index = faults.findIndex(({ method, url = '' }) => method === request.method && request.url?.includes(url));
    const fault = index === -1 ? undefined : faults.splice(index, 1)[0];
    if (fault?.error !== undefined) return fail(response, fault.error.status, fault.error.code, 'scripted');
    if (fault?.loseAnswer) response.end = () => response.destroy();
    answer(request, body, response);
  }

  function answer(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const key = decodeURIComponent(url.pathname.slice(1));
    const isList = url.searchParams.get('list-type') === '2';
    if (request.method === 'GET' && isList) return list(url, key.replace(/\/$/, ''), response);
    if (request.method === 'GET') return get(key, response);
    if (request.method === 'PUT') return put(request, key, body, response);
    if (request.method === 'DELETE') {
      objects.delete(key);
      response.writeHead(204).end();
      return;
    }
    fail(response, 501, 'NotImplemented', 'The stand-in has only what the load store uses.');
  }

  function get(key: string, response: ServerResponse): void {
    const object = objects.get(key);
    if (object === undefined) return fail(response, 404, 'NoSuchKey', 'The specified key does not exist.');
    for (const [name, value] of Object.entries(object.metadata)) response.setHeader(name, value);
    response.writeHead(200, { 'content-length': object.body.length, etag: etag(object.body) }).end(object.body);
  }

  function put(request: IncomingMessage, key: string, body: Buffer, response: ServerResponse): void {
    if (String(request.headers['content-encoding']).includes('aws-chunked')) {
      return fail(response, 501, 'NotImplemented', 'The stand-in does not take chunked bodies.');
    }
    if (request.headers['if-none-match'] === '*' && objects.has(key)) {
      return fail(response, 412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
    }
    const metadata = Object.entries(request.headers).filter(([name]) => name.startsWith('x-amz-meta-'));
    objects.set(key, { body, metadata: Object.fromEntries(metadata) as Record<string, string> });
    response.writeHead(200, { etag: etag(body) }).end();
  }

  function list(url: URL, bucket: string, response: ServerResponse): void {
    const prefix = `${bucket}/${url.searchParams.get('prefix') ?? ''}`;
    const after = url.searchParams.get('continuation-token') ?? '';
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const page = keys.slice(0, pageSize);
    const contents = page.map((key) => `<Contents><Key>${escape(key.slice(bucket.length + 1))}</Key></Contents>`);
    const isTruncated = keys.length > page.length;
    const next = isTruncated ? `<NextContinuationToken>${escape(page.at(-1) ?? '')}</NextContinuationToken>` : '';
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(
      `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
    );
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failNext: (fault) => faults.push(fault),
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function fail(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<Error><Code>${code}</Code><Message>${escape(message)}</Message></Error>`);
}

function etag(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
