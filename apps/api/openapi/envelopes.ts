/**
 * The envelope as the API's description writes it: `data` of its own type for each route, and errors as a union by their
 * `type`, so that a generated client knows which fields come with which error.
 */
import { ERRORS, type ErrorType } from '@invoq/contract/errors';

export type Schema = Record<string, unknown>;

/** Of a property that may be any JSON. The document writes the empty schema for it, which is how OpenAPI 3.1 says so. */
export const ANY_JSON = { 'x-any-json': true } as const;

const REQUEST_ID: Schema = { type: 'string', format: 'uuid' };
const OPEN: Schema = { type: 'object', additionalProperties: true };

/** Ends of the function's own doing: the answer is 200, with a `code` from 1 to 5. */
const OF_FUNCTIONS = Object.entries(ERRORS).flatMap(([type, { http }]) => (http === 200 ? [type as ErrorType] : []));

/** What some types of errors say beside their message. */
const DETAILS: Partial<Record<ErrorType, Record<string, Schema>>> = {
  FUNCTION_ERROR: {
    name: { type: 'string', description: 'Class name of what was thrown.' },
    stack: { type: 'string', description: "The function's own stack." },
    code: { oneOf: [{ type: 'string' }, { type: 'number' }], description: 'The `code` of what was thrown.' },
    details: { ...OPEN, description: 'The fields of what was thrown that are JSON.' },
    cause: { ...OPEN, description: 'Why, as `{message, name?, code?, details?, cause?, errors?}`.' },
    errors: { type: 'array', items: OPEN, description: 'The errors of an AggregateError, each like `cause`.' },
  },
  FUNCTION_TIMEOUT: { limitMs: { type: 'integer', description: 'The limit that was passed, ms.' } },
  FUNCTION_CRASHED: { exitCode: { type: 'integer' }, signal: { type: 'string' } },
  INVALID_REQUEST: {
    fields: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'rule'],
        properties: { field: { type: 'string' }, rule: { type: 'string' } },
      },
      description: 'One entry a fault.',
    },
  },
};

export const refTo = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** The envelope of a success with this `data`. */
export function successOf(data: Schema): Schema {
  const code = { type: 'integer', enum: [0] };
  return envelope(code, data, { type: 'object', maxProperties: 0, description: 'Empty.' });
}

/** The envelope of any of these refusals. */
export function failureOf(types: readonly ErrorType[]): Schema {
  const codes = [...new Set(types.map((type) => ERRORS[type].code))];
  const errors = types.map((type) => refTo(errorName(type)));
  const error = errors.length === 1 ? errors[0] : { oneOf: errors };
  return envelope({ type: 'integer', enum: codes }, { type: 'null' }, error);
}

/** What a call that has ended is answered with 200: its result, or how its function failed. */
export const CALL_ANSWER: Schema = {
  oneOf: [successOf({ ...ANY_JSON, description: 'The result.' }), failureOf(OF_FUNCTIONS)],
};

/** One schema for each error, for the components of the description. */
export function errorSchemas(): Record<string, Schema> {
  return Object.fromEntries(
    Object.keys(ERRORS).map((type) => [errorName(type as ErrorType), errorSchema(type as ErrorType)]),
  );
}

function errorSchema(type: ErrorType): Schema {
  const { meaning, http } = ERRORS[type];
  const ofPlatform: Record<string, Schema> = {
    retryable: { type: 'boolean', description: 'May the same call succeed when it is sent again?' },
    started: {
      oneOf: [{ type: 'boolean' }, { type: 'string', enum: ['unknown'] }],
      description: 'Had the function been started?',
    },
  };
  return {
    type: 'object',
    description: meaning,
    required: ['type', 'message', ...(http === 200 ? [] : Object.keys(ofPlatform))],
    properties: {
      type: { type: 'string', enum: [type] },
      message: { type: 'string', description: 'For people.' },
      ...(http === 200 ? {} : ofPlatform),
      ...DETAILS[type],
    },
  };
}

/** QUEUE_FULL: QueueFullError. */
export function errorName(type: ErrorType): string {
  const words = type.split('_').map((word) => word[0] + word.slice(1).toLowerCase());
  return words.at(-1) === 'Error' ? words.join('') : `${words.join('')}Error`;
}

function envelope(code: Schema, data: Schema, error: Schema): Schema {
  return {
    type: 'object',
    required: ['code', 'data', 'error', 'requestID'],
    properties: { code, data, error, requestID: REQUEST_ID },
  };
}
