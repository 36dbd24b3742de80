import type { IncomingMessage } from 'node:http';
import { ShapeError, type Schema } from './model-check.ts';
import { parseBody, type Protocol } from './protocol.ts';

type Model = Record<string, unknown>;

/**
 * AWS REST JSON: the operation is told by method and path, which hold some members, and the body has the others under
 * names of their own. All of it stands in the SDK's model: `{ http: ["POST", "/v1/clusters/{ClusterArn}/topics", 200] }`,
 * `{ jsonName: "topicName" }`.
 */
export function restJson(model: Model): Protocol {
  const headers = { 'content-type': 'application/json' };
  const routes = routesOf(model);
  return {
    operationOf: (request) => find(routes, request)?.operation ?? `${request.method} ${request.url}`,
    inputOf(operation, request, body) {
      const named = renamed(schemasOf(model, operation).input, parseBody(body), 'read') as object;
      return { ...named, ...find(routes, request)?.labels };
    },
    answer: (operation, output) => ({ headers, body: renamed(schemasOf(model, operation).output, output, 'write') }),
    fault: (name, message) => ({ headers: { ...headers, 'x-amzn-errortype': name }, body: { message } }),
  };
}

interface Route {
  operation: string;
  method: string;
  path: RegExp;
  labels: string[];
}

function routesOf(model: Model): Route[] {
  return Object.values(model).flatMap((shape) => {
    // 9 is an operation.
    if (!Array.isArray(shape) || shape[0] !== 9) return [];
    const [, , operation, traits] = shape as [number, string, string, { http?: [string, string, number] }];
    if (traits.http === undefined) return [];
    const [method, template] = traits.http;
    const labels = [...template.matchAll(/\{(\w+)\}/g)].map(([, label]) => label ?? '');
    return [{ operation, method, path: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '([^/]+)')}$`), labels }];
  });
}

function find(
  routes: Route[],
  request: IncomingMessage,
): { operation: string; labels: Record<string, string> } | undefined {
  const { pathname } = new URL(request.url ?? '/', 'http://stand-in');
  for (const { operation, method, path, labels } of routes) {
    const found = method === request.method ? path.exec(pathname) : null;
    if (!found) continue;
    const values = labels.map((label, index) => [label, decodeURIComponent(found[index + 1] ?? '')]);
    return { operation, labels: Object.fromEntries(values) as Record<string, string> };
  }
  return undefined;
}

function schemasOf(model: Model, operation: string): { input: Schema; output: Schema } {
  const [, , , , input, output] = (model[`${operation}$`] ?? []) as Schema[];
  return { input, output };
}

/** The value under the names of the other side, in structures at any depth. @throws ShapeError for one that has none */
function renamed(schema: Schema, value: unknown, direction: 'read' | 'write'): unknown {
  const shape = resolve(schema);
  if (Array.isArray(value)) return value.map((item) => renamed(Array.isArray(shape) ? shape[4] : 0, item, direction));
  // 3 is a structure.
  if (!Array.isArray(shape) || shape[0] !== 3 || typeof value !== 'object' || value === null) return value;
  const [, , name, , members, schemas] = shape as [number, string, string, unknown, string[], Schema[]];
  const wire = members.map((member, index) => jsonNameOf(schemas[index]) ?? member);
  const [from, to] = direction === 'read' ? [wire, members] : [members, wire];
  const fields = Object.entries(value).map(([field, content]) => {
    const index = from.indexOf(field);
    if (index === -1) throw new ShapeError('unknown', field, `${name} has no member ${field}`);
    return [to[index], renamed(schemas[index], content, direction)];
  });
  return Object.fromEntries(fields);
}

function resolve(schema: Schema): Schema {
  if (typeof schema === 'function') return resolve((schema as () => Schema)());
  return Array.isArray(schema) && schema.length === 2 ? resolve(schema[0]) : schema;
}

function jsonNameOf(schema: Schema): string | undefined {
  if (!Array.isArray(schema) || schema.length !== 2) return undefined;
  return (schema[1] as { jsonName?: string }).jsonName;
}
