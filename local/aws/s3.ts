import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findByteRange } from './s3/byte-range.ts';
import { etagOf, listObjects } from './s3/list-objects.ts';
import { objectsInDirectory } from './s3/objects-in-directory.ts';
import { objectsInMemory } from './s3/objects.ts';
import { element, textsOf } from './s3/xml.ts';

/**
 * A stand-in for S3, not S3: enough of its HTTP interface (path style; conditional puts, gets of parts, deletes, paged
 * lists) that the real SDK clients, also boto3, talk to it. It checks no signature and no permission, has every bucket that
 * it is asked for, keeps everything in memory or in a directory, and says `server: stand-in` in every answer.
 */
export interface S3StandIn {
  /** For AWS_ENDPOINT_URL_S3, or a client's `endpoint`. */
  endpoint: string;
  /** Makes the next matching request fail; several faults are used up in order. */
  failNext(fault: S3Fault): void;
  /** Those that happened, in order. */
  injected: S3Fault[];
  /** Every request so far: method and path with query. */
  requests: string[];
  stop(): Promise<void>;
}

export interface S3Fault {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Only a request whose URL holds this text. */
  url?: string;
  /** What S3 would answer: SlowDown is 503, ConditionalRequestConflict 409, … */
  error?: { status: number; code: string };
  /** The request is carried out, and the connection cut before the answer. */
  loseAnswer?: true;
}

/**
 * @param options.pageSize keys a page of a list holds at most; S3 itself never gives more than 1,000
 * @param options.directory where objects lie as files, `<bucket>/<key>`; without it they are kept in memory
 */
export async function startS3StandIn({
  pageSize = 1_000,
  directory,
}: { pageSize?: number; directory?: string } = {}): Promise<S3StandIn> {
  const objects = directory === undefined ? objectsInMemory() : objectsInDirectory(directory);
  const faults: S3Fault[] = [];
  const injected: S3Fault[] = [];
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
    if (fault !== undefined) injected.push(fault);
    if (fault?.error !== undefined) return fail(response, fault.error.status, fault.error.code, 'scripted');
    if (fault?.loseAnswer) response.end = () => response.destroy();
    await answer(request, body, response);
  }

  async function answer(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://stand-in');
    const path = decodeURIComponent(pathname.slice(1));
    const bucket = path.split('/')[0] ?? '';
    const { method } = request;
    if (method === 'GET' && query.get('list-type') === '2') {
      return sendXml(response, await listObjects(objects, bucket, query, pageSize));
    }
    if (method === 'GET' || method === 'HEAD') return get(request, path, response);
    if (method === 'PUT' && request.headers['x-amz-copy-source'] === undefined) {
      return put(request, path, body, response);
    }
    if (method === 'POST' && query.has('delete')) return removeSeveral(bucket, body, response);
    if (method !== 'DELETE') return fail(response, 501, 'NotImplemented', 'The stand-in has only what is used here.');
    await objects.remove(path);
    response.writeHead(204).end();
  }

  async function get(request: IncomingMessage, path: string, response: ServerResponse): Promise<void> {
    const object = await objects.read(path);
    if (object === undefined) return fail(response, 404, 'NoSuchKey', 'The specified key does not exist.');
    const { body, metadata, modifiedAt } = object;
    const asked = request.headers.range;
    const range = asked === undefined ? { from: 0, to: body.length - 1 } : findByteRange(asked, body.length);
    if (range === undefined) return fail(response, 416, 'InvalidRange', 'The requested range is not satisfiable');
    const part = body.subarray(range.from, range.to + 1);
    response.writeHead(asked === undefined ? 200 : 206, {
      ...metadata,
      'content-length': part.length,
      'last-modified': modifiedAt.toUTCString(),
      'accept-ranges': 'bytes',
      etag: etagOf(body),
      ...(asked !== undefined && { 'content-range': `bytes ${range.from}-${range.to}/${body.length}` }),
    });
    response.end(request.method === 'HEAD' ? undefined : part);
  }

  async function put(request: IncomingMessage, path: string, body: Buffer, response: ServerResponse): Promise<void> {
    if (String(request.headers['content-encoding']).includes('aws-chunked')) {
      return fail(response, 501, 'NotImplemented', 'The stand-in does not take chunked bodies.');
    }
    const metadata = Object.entries(request.headers).filter(([name]) => name.startsWith('x-amz-meta-'));
    const object = { body, metadata: Object.fromEntries(metadata) as Record<string, string> };
    if (!(await objects.write(path, object, { onlyIfNone: request.headers['if-none-match'] === '*' }))) {
      return fail(response, 412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
    }
    response.writeHead(200, { etag: etagOf(body) }).end();
  }

  async function removeSeveral(bucket: string, body: Buffer, response: ServerResponse): Promise<void> {
    const keys = textsOf('Key', body.toString());
    for (const key of keys) await objects.remove(`${bucket}/${key}`);
    const removed = keys.map((key) => `<Deleted>${element('Key', key)}</Deleted>`);
    sendXml(response, `<DeleteResult>${removed.join('')}</DeleteResult>`);
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failNext: (fault) => faults.push(fault),
    injected,
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

function sendXml(response: ServerResponse, xml: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(xml);
}

function fail(response: ServerResponse, status: number, code: string, message: string): void {
  sendXml(response, `<Error>${element('Code', code)}${element('Message', message)}</Error>`, status);
}
