import type { IncomingMessage } from 'node:http';
import { ServiceFault } from './service-fault.ts';

/** How a service's requests and answers are written. Input and output have the members' names of the SDK's types. */
export interface Protocol {
  /** What is asked for; something that the service doesn't have, if it can't be told. */
  operationOf(request: IncomingMessage): string;
  /** @throws ServiceFault, ShapeError where it can't be read */
  inputOf(operation: string, request: IncomingMessage, body: string): unknown;
  answer(operation: string, output: unknown): Written;
  fault(name: string, message: string): Written;
}

export interface Written {
  headers: Record<string, string>;
  body: unknown;
}

/** AWS JSON 1.1: everything stands in the body, and the operation in a header. @param prefix what stands before it */
export function awsJson(prefix: string): Protocol {
  const headers = { 'content-type': 'application/x-amz-json-1.1' };
  return {
    operationOf(request) {
      const target = String(request.headers['x-amz-target'] ?? '');
      return target.startsWith(`${prefix}.`) ? target.slice(prefix.length + 1) : target;
    },
    inputOf: (_operation, _request, body) => parseBody(body),
    answer: (_operation, output) => ({ headers, body: output }),
    fault: (name, message) => ({ headers, body: { __type: name, message } }),
  };
}

/** Nothing is an empty structure. @throws ServiceFault */
export function parseBody(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new ServiceFault('SerializationException', 'The body is not JSON.');
  }
}
