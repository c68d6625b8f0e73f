/**
 * What every operation of the description has, and no controller need say: the parameters of its path, the headers that all
 * requests may have and all answers do, and the words of OpenAPI 3.1.
 */
import type { OpenAPIObject } from '@nestjs/swagger';
import { refTo, type Schema } from './envelopes';

interface Parameter {
  name: string;
  in: string;
  [more: string]: unknown;
}

interface Response {
  headers?: Record<string, unknown>;
  content?: Record<string, { schema?: Schema }>;
}

interface Operation {
  operationId: string;
  tags?: string[];
  parameters?: Parameter[];
  security?: unknown[];
  responses: Record<string, Response>;
}

/** Wires on which the env is said in another way. */
const OTHER_WIRES = new Set(['minapp']);

const ENV: Parameter = {
  name: 'X-Invoq-Env',
  in: 'header',
  required: false,
  schema: { type: 'string' },
  description: "The env; without it the key's first.",
};
const REQUEST_ID = {
  description: 'The requestID, also in the envelope.',
  schema: { type: 'string', format: 'uuid' },
};
const RETRY_AFTER = {
  description: 'Seconds until it is worth while to ask again.',
  schema: { type: 'integer' },
};
const LOCATION = { description: 'Where to read on.', schema: { type: 'string', format: 'uri-reference' } };

/** HTTP statuses whose answers say when to come back. */
const COME_BACK = new Set(['202', '429', '502', '503', '504']);

export function completed(document: OpenAPIObject): OpenAPIObject {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const operation of Object.values(methods) as unknown as Operation[]) {
      complete(path, operation);
      nameAnswers(operation, document.components!.schemas as Record<string, Schema>);
    }
  }
  return modern(document) as OpenAPIObject;
}

/** Generators would name them by counting: `InlineResponse2003`, and another one when a route is added. */
function nameAnswers({ operationId, responses }: Operation, schemas: Record<string, Schema>): void {
  for (const [status, { content }] of Object.entries(responses)) {
    const json = content?.['application/json'];
    if (!status.startsWith('2') || json?.schema === undefined || json.schema.$ref !== undefined) continue;
    const name = `${operationId[0].toUpperCase()}${operationId.slice(1)}${status === '202' ? 'Accepted' : 'Answer'}`;
    schemas[name] = json.schema;
    json.schema = refTo(name);
  }
}

function complete(path: string, operation: Operation): void {
  const parameters = (operation.parameters ??= []);
  const isThere = (name: string, place: string): boolean =>
    parameters.some((one) => one.in === place && one.name.toLowerCase() === name.toLowerCase());
  for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
    const known = parameters.find((one) => one.in === 'path' && one.name === name);
    if (known && Object.keys(known.schema ?? {}).length === 0) known.schema = { type: 'string' };
    if (!known) parameters.push({ name, in: 'path', required: true, schema: { type: 'string' } });
  }
  const hasCaller = operation.security !== undefined && !operation.tags?.some((tag) => OTHER_WIRES.has(tag));
  if (hasCaller && !isThere(ENV.name, 'header')) parameters.push(ENV);
  for (const [status, response] of Object.entries(operation.responses)) {
    response.headers = {
      'X-Request-Id': REQUEST_ID,
      ...(COME_BACK.has(status) ? { 'Retry-After': RETRY_AFTER } : {}),
      ...(status === '202' ? { Location: LOCATION } : {}),
      ...response.headers,
    };
  }
}

/** OpenAPI 3.1 is JSON Schema: null is a type of its own, and what may be any JSON has no type. */
function modern(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(modern);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, 'x-any-json': isAny, ...rest } = value as Schema;
  const schema = Object.fromEntries(Object.entries(rest).map(([name, part]) => [name, modern(part)]));
  // Numbers of this API count something: ms, bytes, calls.
  if (schema.type === 'number') schema.type = 'integer';
  // A query is text to its checks, and a number to its callers.
  if (schema.type === 'integer') delete schema.pattern;
  if (isAny === true) return schema.description === undefined ? {} : { description: schema.description };
  if (nullable !== true) return schema;
  if (typeof schema.type === 'string') {
    const words = Array.isArray(schema.enum) ? { enum: [...(schema.enum as unknown[]), null] } : {};
    return { ...schema, ...words, type: [schema.type, 'null'] };
  }
  const { description, ...one } = schema;
  return { ...(description === undefined ? {} : { description }), oneOf: [one, { type: 'null' }] };
}
