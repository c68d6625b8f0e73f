/**
 * The envelope as the API's description writes it: `data` of its own type for each route, and errors as a union by their
 * `type`, so that a generated client knows which fields come with which error.
 */
import { ERRORS, type ErrorType } from '@invoq/contract/errors';

export type Schema = Record<string, unknown>;

/** Of a property that may be any JSON. The document writes the empty schema for it, which is how OpenAPI 3.1 says so. */
export const ANY_JSON = { 'x-any-json': true } as const;

const REQUEST_ID: Schema = { type: 'string', format: 'uuid' };
const NO_ERROR: Schema = { type: 'object', additionalProperties: false, maxProperties: 0, description: 'Empty.' };
const OPEN: Schema = { type: 'object', additionalProperties: true };

const ALL_ERRORS = Object.keys(ERRORS) as ErrorType[];

/** Ends of the function's own doing: the answer is 200, with a `code` from 1 to 5. */
const OF_FUNCTIONS = Object.entries(ERRORS).flatMap(([type, { http }]) => (http === 200 ? [type as ErrorType] : []));

/** What some types of errors say beside their message. */
const DETAILS: Partial<Record<ErrorType, Record<string, Schema>>> = {
  FUNCTION_ERROR: {
    name: { type: 'string', description: 'Class name of what was thrown.' },
    stack: { type: 'string', description: "The function's own stack." },
    code: { type: ['string', 'number'], description: 'The `code` of what was thrown.' },
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
  return envelope(code, data, refTo('NoError'));
}

/** The envelope of any of these refusals. */
export function failureOf(types: readonly ErrorType[]): Schema {
  const codes = [...new Set(types.map((type) => ERRORS[type].code))];
  return envelope({ type: 'integer', enum: codes }, { type: 'null' }, unionOf(types));
}

/** Which of them it is, its `type` says. */
function unionOf(types: readonly ErrorType[]): Schema {
  if (types.length === 1) return refTo(errorName(types[0]));
  const mapping = Object.fromEntries(types.map((type) => [type, String(refTo(errorName(type)).$ref)]));
  return { oneOf: types.map((type) => refTo(errorName(type))), discriminator: { propertyName: 'type', mapping } };
}

/** What a call that has ended is answered with 200: its result, or how its function failed. */
export const CALL_ANSWER: Schema = refTo('CallAnswer');

/** Schemas that the description has beside those of the DTOs: the answer to a call, and one for each error. */
export function namedSchemas(): Record<string, Schema> {
  const errors = Object.keys(ERRORS).map((type) => [errorName(type as ErrorType), errorSchema(type as ErrorType)]);
  return {
    ...(Object.fromEntries(errors) as Record<string, Schema>),
    NoError: NO_ERROR,
    ResultDto: RESULT,
    BatchAnswerDto: BATCH_ANSWER,
    CallAnswer: envelope(
      { type: 'integer', minimum: 0, maximum: 5, description: '0: the function returned. 1 to 5: it failed.' },
      { ...ANY_JSON, description: 'What the function returned; null when it failed.' },
      { oneOf: [refTo('NoError'), ...OF_FUNCTIONS.map((type) => refTo(errorName(type)))] },
    ),
  };
}

/** The envelope within an invocation, which tells the requestID already. */
const RESULT: Schema = {
  type: 'object',
  required: ['code', 'data', 'error'],
  properties: {
    code: { type: 'integer', description: '0: the function returned. Else a code of the table.' },
    data: { ...ANY_JSON, description: 'What the function returned; null when `code` is not 0.' },
    error: {
      oneOf: [refTo('NoError'), ...ALL_ERRORS.map((type) => refTo(errorName(type)))],
      description: '`{}` when `code` is 0.',
    },
  },
};

const BATCH_ANSWER: Schema = {
  type: 'object',
  required: ['accepted', 'refused', 'items'],
  properties: {
    accepted: {
      type: 'integer',
      description: 'How many of the items have a requestID now, under which they can be asked for.',
    },
    refused: { type: 'integer' },
    items: {
      type: 'array',
      items: { oneOf: [successOf(refTo('AcceptedDto')), failureOf(ALL_ERRORS)] },
      description: 'One for each item, in their order: accepted, or why not.',
    },
  },
};

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
