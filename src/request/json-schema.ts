// As a namespace: a bundle then leaves out zod's messages in other languages.
import * as z from 'zod';
import { loadRequestSchema } from './schema.ts';

/** The parts of a JSON Schema that the explanation of a wrong request reads. */
export interface JsonSchema {
  description?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

/** The request as people write it, as a JSON Schema: what schemas/load-request.schema.json holds. */
export function requestJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(loadRequestSchema, { io: 'input' });
  return { title: 'Load request, version 1', ...schema } as JsonSchema;
}

/** What the schema says of a place in a request, in every variant that the place may have. */
export function schemasAt(path: PropertyKey[]): JsonSchema[] {
  return path.reduce<JsonSchema[]>(
    (schemas, step) => schemas.flatMap((schema) => variants(schema).flatMap(into(step))),
    [requestJsonSchema()],
  );
}

/** The fields that may stand at a place in a request. */
export function knownFields(path: PropertyKey[]): string[] {
  const schemas = schemasAt(path).flatMap(variants);
  return [...new Set(schemas.flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

function into(step: PropertyKey): (schema: JsonSchema) => JsonSchema[] {
  return ({ items, properties, additionalProperties }) => {
    if (typeof step === 'number') return items ? [items] : [];
    const named = properties?.[String(step)];
    if (named) return [named];
    return typeof additionalProperties === 'object' ? [additionalProperties] : [];
  };
}

function variants(schema: JsonSchema): JsonSchema[] {
  return [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((variant) =>
    variant === schema ? [schema] : variants(variant),
  );
}
