/**
 * The keys file: `{"keys":[{"id","secret","envs":["default"],"scopes":["invoke","read","admin"],"rate"?:{"limit","windowMs"}}]}`. One key opens every
 * door; its first env is the default, and `*` opens every env. All faults are reported at once.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { ENV_NAME } from '@invoq/contract/function';
import { isRate, type Rate, RATE_RULE } from '@invoq/contract/rate';
import { type Scope, SCOPES } from './caller';

/** Among the envs of a key: it opens every env, and may see what is of all envs together. */
export const EVERY_ENV = '*';

export interface Key {
  id: string;
  secret: string;
  /** The first is the default. `*` opens every env. */
  envs: [string, ...string[]];
  scopes: ReadonlySet<Scope>;
  /** How often it may call; absent: the default of the API. */
  rate?: Rate;
}

/** As the file has it. Secrets stand there as they are: a signed request can only be checked by making its signature. */
export function writeKeys(keys: readonly Key[]): string {
  const entries = keys.map(({ id, secret, envs, scopes, rate }) => ({ id, secret, envs, scopes: [...scopes], rate }));
  return `${JSON.stringify({ keys: entries }, null, 2)}\n`;
}

/** What is wrong with a keys file, one line a fault. Secrets are never repeated. */
export class KeysError extends Error {
  constructor(readonly faults: string[]) {
    super(faults.join('\n'));
    this.name = 'KeysError';
  }
}

export const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;
const MIN_SECRET = 16;

export class Keys {
  private readonly byID: ReadonlyMap<string, Key>;

  constructor(keys: readonly Key[]) {
    this.byID = new Map(keys.map((key) => [key.id, key]));
  }

  get size(): number {
    return this.byID.size;
  }

  find(id: string): Key | undefined {
    return this.byID.get(id);
  }

  all(): Key[] {
    return [...this.byID.values()];
  }
}

const PRINTS = new WeakMap<Key, string>();

/** Tells one secret from another without being one. */
export function printOf(key: Key): string {
  let print = PRINTS.get(key);
  if (print === undefined) {
    PRINTS.set(key, (print = createHash('sha256').update(key.secret).digest('base64url')));
  }
  return print;
}

/** In constant time, whatever the texts and their lengths. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

export function parseKeys(text: string): Keys {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw new KeysError([`not JSON: ${(error as Error).message}`]);
  }
  const list = isObject(file) && Array.isArray(file.keys) ? (file.keys as unknown[]) : undefined;
  if (!list) throw new KeysError(['must be {"keys": [...]}']);
  const faults: string[] = [];
  const keys = list.map((entry, i) => parseKey(entry, `keys[${i}]`, faults));
  const ids = keys.map((key) => key.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i)))
    faults.push(`id "${id}" is there more than once`);
  if (faults.length > 0) throw new KeysError(faults);
  return new Keys(keys);
}

function parseKey(entry: unknown, where: string, faults: string[]): Key {
  const e = isObject(entry) ? entry : {};
  const fault = (text: string): void => void faults.push(`${where}${text}`);
  if (!isObject(entry)) fault(' must be an object');
  for (const field of Object.keys(e))
    if (!['id', 'secret', 'envs', 'scopes', 'rate'].includes(field)) fault(`.${field} is not a known field`);
  if (typeof e.id !== 'string' || !KEY_ID.test(e.id)) fault('.id must be 1-64 letters, digits, "_" or "-"');
  if (typeof e.secret !== 'string' || e.secret.length < MIN_SECRET)
    fault(`.secret must be a string of at least ${MIN_SECRET} characters`);
  if (!isList(e.envs, (env) => env === EVERY_ENV || ENV_NAME.test(env)))
    fault('.envs must be a list of env names, the default first, or "*" for every env');
  if (!isList(e.scopes, (scope) => (SCOPES as readonly string[]).includes(scope)))
    fault(`.scopes must be a list out of ${SCOPES.join(', ')}`);
  if (e.rate !== undefined && !isRate(e.rate)) fault(`.rate must be ${RATE_RULE}`);
  return {
    id: String(e.id),
    secret: String(e.secret),
    envs: e.envs as Key['envs'],
    scopes: new Set(e.scopes as Scope[]),
    ...(isRate(e.rate) ? { rate: e.rate } : {}),
  };
}

function isList(value: unknown, check: (text: string) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && check(item));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
