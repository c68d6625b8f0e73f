/**
 * The filters of `GET /v1/invocations` that check the calls themselves: one entry for each. The API takes its rule and its
 * description from here, the walk over the lists asks `fits`, and the client has its type.
 */
import { TAG } from './call-notes';
import { type Invocation, isEnded, type Status, STATUSES, writtenAsOurs } from './invocation';

interface ListFilter<T> {
  /** For callers. */
  description: string;
  /** What the text of the query must look like, and how a refusal says so. */
  pattern: RegExp;
  rule: string;
  /** Of a value that is no text, or has a format, in the words of JSON Schema. */
  schema?: object;
  /** Of a text that the pattern takes. */
  read(text: string): T;
  fits(wanted: T, call: FilteredCall): boolean;
}

export type FilteredCall = Pick<Invocation, 'status' | 'startedAt' | 'runMs' | 'parentID' | 'workerID' | 'tags'>;

const filter = <T>(one: ListFilter<T>): ListFilter<T> => one;
const itself = (text: string): string => text;
const UUID_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

export const LIST_FILTERS = {
  status: filter<Status | readonly Status[]>({
    description: 'Those that stand so now: one status, or several with commas between.',
    pattern: new RegExp(`^(${STATUSES.join('|')})(,(${STATUSES.join('|')}))*$`),
    rule: `must be one or more of ${STATUSES.join(', ')}, with commas between`,
    read: (text) => text.split(',') as Status[],
    fits: (wanted, { status }) => (typeof wanted === 'string' ? wanted === status : wanted.includes(status)),
  }),
  minRunMs: filter<number>({
    description: 'Those whose last run took so many ms or more; of one that runs: so far.',
    pattern: /^(0|[1-9]\d{0,9})$/,
    rule: 'must be a whole number of ms, 0 to 9999999999',
    schema: { type: 'integer', minimum: 0, maximum: 9_999_999_999 },
    read: Number,
    fits: (wanted, { startedAt, runMs }) => startedAt !== undefined && runMs >= wanted,
  }),
  hasError: filter<boolean>({
    description: '`true`: those that ended otherwise than `succeeded`; `false`: all others.',
    pattern: /^(true|false)$/,
    rule: 'must be true or false',
    schema: { type: 'boolean' },
    read: (text) => text === 'true',
    fits: (wanted, { status }) => wanted === hasFailed(status),
  }),
  parentID: filter<string>({
    description: 'Those that the function of this call made.',
    pattern: UUID_4,
    rule: 'must be a requestID',
    schema: { type: 'string', format: 'uuid' },
    read: writtenAsOurs,
    fits: (wanted, { parentID }) => wanted === parentID,
  }),
  workerID: filter<string>({
    description: 'Those that this worker started last.',
    pattern: /^[A-Za-z0-9._-]{1,100}$/,
    rule: 'must be the id of a worker: 1 to 100 letters, digits, ".", "_", "-"',
    schema: { pattern: '^[A-Za-z0-9._-]{1,100}$' },
    read: itself,
    fits: (wanted, { workerID }) => wanted === workerID,
  }),
  tag: filter<string>({
    description: 'Those that have this tag.',
    pattern: TAG,
    rule: 'must be 1 to 64 characters, none of them a control character',
    read: itself,
    fits: (wanted, { tags }) => tags !== undefined && tags.includes(wanted),
  }),
};

type Filters = typeof LIST_FILTERS;
export type FilterName = keyof Filters;

/** What calls are asked for. Those that fit have all of it. */
export type ListFilters = { [Name in FilterName]?: Parameters<Filters[Name]['fits']>[0] };

/** `texts`: of a query, checked by the patterns. */
export function readFilters(texts: Partial<Record<FilterName, string>>): ListFilters {
  const names = (Object.keys(LIST_FILTERS) as FilterName[]).filter((name) => texts[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, LIST_FILTERS[name].read(texts[name]!)]));
}

export function fits(filters: ListFilters, call: FilteredCall): boolean {
  return (Object.keys(filters) as FilterName[]).every((name) => {
    const { fits: one } = LIST_FILTERS[name] as ListFilter<unknown>;
    return filters[name] === undefined || one(filters[name], call);
  });
}

/** Only then it has an error. */
export function hasFailed(status: Status): boolean {
  return status !== 'succeeded' && isEnded(status);
}
