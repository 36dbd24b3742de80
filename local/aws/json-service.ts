import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Faults, type FaultKind } from './faults.ts';
import { checkShape, ShapeError, type Enums, type Schema } from './model-check.ts';
import { awsJson, type Protocol, type Written } from './protocol.ts';
import type { RequestBucket } from './request-bucket.ts';
import { ServiceFault, statusOf } from './service-fault.ts';

/**
 * The common part of stand-ins for services that speak JSON, so that the real SDK client can be pointed at one: a stand-in,
 * not the service. It checks no signature and no permission and says `server: stand-in` in every answer. A
 * request that doesn't match the SDK's model of the operation is refused, and an answer that doesn't is a bug of the
 * stand-in, and answered as one.
 */
export interface JsonService {
  /** For AWS_ENDPOINT_URL_<SERVICE>, or a client's `endpoint`. */
  endpoint: string;
  requests: LoggedRequest[];
  faults: Faults;
  stop(): Promise<void>;
}

export interface LoggedRequest {
  operation: string;
  at: Date;
  /** As it came, before it was checked. */
  input: unknown;
  /** `ok`, `lost`, or the fault's name; absent while it is worked on. */
  answer?: string;
}

/** Input and output as the SDK's types have them: timestamps are Dates. */
// oxlint-disable-next-line typescript/no-explicit-any -- each operation names its own types
type Operations = Record<string, (input: any) => object | Promise<object>>;

export interface ServiceDescription {
  /** What stands before the operation in X-Amz-Target, and in the name of an action. */
  targetPrefix: string;
  /** AWS JSON 1.1, unless told. */
  protocol?: Protocol;
  /** The SDK's package: schemas of operations (`CreateEndpoint$`) and of faults. */
  model: Record<string, unknown>;
  enums?: Enums;
  operations: Operations;
  now(): Date;
  /** What is due by the clock happens before anything is answered. */
  tick?(): void;
  /** For the fault `vanished`: removes what the input names. */
  vanish?(input: Record<string, unknown>): Promise<void> | void;
  bucket?: RequestBucket;
}

const LOST = Symbol('lost');

export async function startJsonService(service: ServiceDescription): Promise<JsonService> {
  const protocol = service.protocol ?? awsJson(service.targetPrefix);
  const requests: LoggedRequest[] = [];
  const faults = new Faults();

  const server = createServer((request, response) => {
    void handle(request, response);
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = protocol.operationOf(request);
    const logged: LoggedRequest = { operation, at: service.now(), input: undefined };
    requests.push(logged);
    try {
      logged.input = readInput(operation, request, await textOf(request));
      const output = await answer(operation, logged.input);
      logged.answer = output === LOST ? 'lost' : 'ok';
      if (output === LOST) response.destroy();
      else send(response, 200, protocol.answer(operation, output));
    } catch (error) {
      const { name, message, status } = faultOf(error, service.model);
      logged.answer = name;
      send(response, status, protocol.fault(name, message));
    }
  }

  function readInput(operation: string, request: IncomingMessage, text: string): unknown {
    try {
      return protocol.inputOf(operation, request, text);
    } catch (error) {
      throw error instanceof ShapeError ? refusalOf(error) : error;
    }
  }

  async function answer(operation: string, input: unknown): Promise<unknown> {
    const [, , , , inputSchema, outputSchema] = modelOf(service, operation);
    const kind = faults.take(operation, input);
    if (kind === 'throttled' || service.bucket?.take() === false)
      throw new ServiceFault('ThrottlingException', 'Rate exceeded');
    if (kind === 'lost before') return LOST;
    throwScripted(kind, operation, service.targetPrefix);
    const act = service.operations[operation];
    if (act === undefined) {
      throw new ServiceFault('NotImplemented', `This is a stand-in, and it doesn't implement ${operation}.`);
    }
    const checked = check(inputSchema, input, 'read') as Record<string, unknown>;
    service.tick?.();
    if (kind === 'vanished') await service.vanish?.(checked);
    const output = check(outputSchema, await act(checked), 'write');
    return kind === 'lost after' ? LOST : output;
  }

  function check(schema: Schema, value: unknown, direction: 'read' | 'write'): unknown {
    try {
      return checkShape(schema, value, { enums: service.enums ?? {}, direction });
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      if (direction === 'write') throw new Error(`The stand-in's answer at ${error.path}`, { cause: error });
      throw refusalOf(error);
    }
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    faults,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function modelOf(service: ServiceDescription, operation: string): Schema[] {
  const model = service.model[`${operation}$`];
  // 9 is an operation.
  if (Array.isArray(model) && model[0] === 9) return model as Schema[];
  throw new ServiceFault('UnknownOperationException', `There is no operation ${operation || '(none named)'}.`);
}

/** @throws ServiceFault when the fault is one that keeps the operation from acting */
function throwScripted(kind: FaultKind | undefined, operation: string, prefix: string): void {
  if (kind === 'access denied') {
    const message = `User is not authorized to perform: ${prefix}:${operation} because no policy allows it (scripted)`;
    throw new ServiceFault('AccessDeniedException', message);
  }
  if (typeof kind === 'object') throw new ServiceFault(kind.fault, kind.message ?? 'scripted');
}

/** A field that the service wouldn't know can't be read; one that it knows and refuses is a failed validation. */
function refusalOf({ kind, path, message }: ShapeError): ServiceFault {
  if (kind === 'unknown' || kind === 'mistyped')
    return new ServiceFault('SerializationException', `${path}: ${message}`);
  const detail = kind === 'missing' ? `Value null at '${path}' failed to satisfy constraint: ${message}` : message;
  return new ServiceFault('ValidationException', `1 validation error detected at '${path}': ${detail}`);
}

function faultOf(error: unknown, model: Record<string, unknown>): { name: string; message: string; status: number } {
  const isFault = error instanceof ServiceFault;
  const status = isFault ? statusOf(error.name, model) : undefined;
  if (isFault && status !== undefined) return { name: error.name, message: error.message, status };
  const message = `The stand-in itself failed: ${String(error)}${causeOf(error)}`;
  return { name: 'InternalFailure', message, status: 500 };
}

function causeOf(error: unknown): string {
  const { cause } = error as Error;
  return cause instanceof Error ? `: ${cause.message}` : '';
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function send(response: ServerResponse, status: number, { headers, body }: Written): void {
  response.writeHead(status, { ...headers, server: 'stand-in' });
  response.end(JSON.stringify(body));
}
