/** Tells who calls: by a key, by the token of a running invocation, or (without a keys file) anyone who reaches the port. */
import { invalid, Refusal } from '@invoq/contract/refusal';
import { ENV_NAME } from '@invoq/contract/function';
import { isRequestID } from '@invoq/contract/invocation';
import { parseInvocationToken } from '@invoq/contract/invocation-token';
import type { RecordReader } from '@invoq/store/record/record-reader';
import { storeRefusal } from '@invoq/store/connection/store-error';
import { tokenHash } from '@invoq/store/attempts/token-hash';
import { type Caller, type Credentials, type Scope, SCOPES } from './caller';
import type { FailedAttempts } from './failed-attempts';
import { keyOfSession, type Session, openSession, sealSession, SESSION_MS } from './sessions';
import { EVERY_ENV, type Key, type Keys, printOf, sameText } from './keys';

const ALL = new Set<Scope>(SCOPES);
/** What a function may do while it runs: call others and read what became of it. */
const FUNCTION_SCOPES = new Set<Scope>(['invoke', 'read']);

export interface CallersOptions {
  /** The keys as they are now; undefined: there is no keys file, so anybody may call. */
  keys(): Keys | undefined;
  defaultEnv: string;
  /** Other names of envs, such as the ids that they had elsewhere. */
  aliases: ReadonlyMap<string, string>;
  /** The envs beside its own in which a function may call others. */
  envsOf(env: string, name: string): Promise<readonly string[]>;
}

export class Callers {
  constructor(
    private readonly reader: RecordReader,
    private readonly failures: FailedAttempts,
    private readonly options: CallersOptions,
  ) {}

  /**
   * Refuses with UNAUTHENTICATED, RATE_LIMITED, or FORBIDDEN for an env or a scope that the caller does not have. Without a
   * scope any key will do. Only the token of a running invocation takes a look into Redis, and is answered later.
   */
  identify(credentials: Credentials, scope?: Scope): Caller | Promise<Caller> {
    mustBeEnv(credentials.env);
    const caller = this.callerOf(this.inEnv(credentials));
    return caller instanceof Promise ? caller.then((known) => withScope(known, scope)) : withScope(caller, scope);
  }

  /**
   * Refuses by the headers alone, before the body is read, whom no body could make known. `identify` has to follow, with
   * what the body says.
   */
  async screen({ ip, bearer, signed, env, bodySays }: Credentials): Promise<void> {
    mustBeEnv(env);
    if (bearer !== undefined) return void (await this.callerOf({ ip, bearer }));
    const keys = this.options.keys();
    if (!signed) {
      if (keys && bodySays !== 'all') throw nobody();
      return;
    }
    const named = signed.token === undefined ? undefined : parseInvocationToken(signed.token);
    if (!named && !keys) return;
    if (signed.fault !== undefined) throw new Refusal('UNAUTHENTICATED', signed.fault);
    if (!named && keys?.find(signed.keyID) !== undefined) return;
    // A function signs with its requestID as the key id; its token may come with the body.
    const requestID = named?.requestID ?? (isRequestID(signed.keyID) ? signed.keyID : undefined);
    if (requestID === undefined) throw this.failed(ip, UNKNOWN_SIGNER);
    this.requireAttemptsLeft(ip);
    if (!(await this.holderOf(requestID))) throw this.failed(ip, ENDED);
  }

  /** The cookie of a new session, for who shows a key. Undefined without a keys file: nobody has to sign in. */
  signIn(ip: string, bearer: string): string | undefined {
    const keys = this.options.keys();
    return keys && sealSession(this.byKey(keys, { ip, bearer }), Date.now() + SESSION_MS);
  }

  /** `open`: there is no keys file. Undefined: the cookie is of no session that lasts. */
  session(cookie: string | undefined): Session | 'open' | undefined {
    const keys = this.options.keys();
    if (!keys) return 'open';
    return cookie === undefined ? undefined : openSession(cookie, keys, Date.now());
  }

  /** With the env's own name. */
  private inEnv(credentials: Credentials): Credentials {
    const { env } = credentials;
    return env === undefined ? credentials : { ...credentials, env: this.options.aliases.get(env) ?? env };
  }

  private callerOf(credentials: Credentials): Caller | Promise<Caller> {
    const token = credentials.signed ? credentials.signed.token : credentials.bearer;
    const invocation = token === undefined ? undefined : parseInvocationToken(token);
    if (invocation) return this.byInvocation(invocation, credentials);
    const keys = this.options.keys();
    const { env, ip } = credentials;
    const { defaultEnv } = this.options;
    if (!keys) return { id: 'anonymous', holder: ip, env: env ?? defaultEnv, everyEnv: true, scopes: ALL, depth: 0 };
    const key = this.byKey(keys, credentials);
    const { id, scopes, rate } = key;
    const everyEnv = key.envs.includes(EVERY_ENV);
    const own = envOf(key, env) ?? defaultEnv;
    return { id, holder: id, env: own, everyEnv, scopes, rate, depth: 0, keyPrint: printOf(key), keyID: id };
  }

  private byKey(keys: Keys, { ip, bearer, signed, session }: Credentials): Key {
    if (bearer === undefined && signed === undefined) {
      if (session) return keyOfSession(session, keys, Date.now());
      throw nobody();
    }
    // Nothing can be learnt by it, so it is no attempt: a clock that is wrong shuts nobody out.
    if (signed?.fault !== undefined) throw new Refusal('UNAUTHENTICATED', signed.fault);
    const known = keys.find(signed?.keyID ?? bearer!.split('.', 1)[0]);
    // An unknown id takes as long as a wrong secret. The right secret always passes, whatever failed from the same address.
    const { secret } = known ?? NOBODY;
    const isRight = signed ? signed.isBy(secret) : sameText(secretIn(bearer!), secret);
    if (known && isRight) return known;
    throw this.failed(ip, signed ? UNKNOWN_SIGNER : 'This key is not known.');
  }

  /** A function that calls another: in its own env, one deeper, and only while it runs. */
  private async byInvocation(
    { requestID, secret }: { requestID: string; secret: string },
    { ip, signed, env }: Credentials,
  ): Promise<Caller> {
    if (signed?.fault !== undefined) throw new Refusal('UNAUTHENTICATED', signed.fault);
    // Each look costs Redis, so an address that made up too many has none for a while.
    this.requireAttemptsLeft(ip);
    const holder = await this.holderOf(requestID);
    if (holder === undefined) throw this.failed(ip, ENDED);
    // No failed attempt: nobody makes up the id of a call that ran. Functions that go on after their end are no attack.
    if (holder.tokenHash === undefined) throw new Refusal('UNAUTHENTICATED', ENDED);
    if (!sameText(tokenHash(secret), holder.tokenHash)) throw this.failed(ip, ENDED);
    if (signed && !signed.isBy(secret)) throw this.failed(ip, 'This signature is not that of the token with it.');
    const target = env ?? holder.env;
    if (target !== holder.env && !(await this.options.envsOf(holder.env, holder.function)).includes(target)) {
      const why = `"envs" of "${holder.function}" in functions.json does not name it`;
      throw foreignEnv(target, `A function may call in its own env only, not in "${target}": ${why}.`);
    }
    return {
      id: `env:${holder.env}`,
      holder: `env:${holder.env}`,
      env: target,
      scopes: FUNCTION_SCOPES,
      depth: holder.depth + 1,
      callID: requestID,
      trace: holder.trace,
      eventType: 'cloud_function',
      ...callerIn(holder.origin),
    };
  }

  private holderOf(requestID: string): ReturnType<RecordReader['tokenHolder']> {
    return this.reader.tokenHolder(requestID).catch((error: unknown) => {
      throw storeRefusal(error);
    });
  }

  private requireAttemptsLeft(ip: string): void {
    const retryAfterS = this.failures.closedForS(ip, Date.now());
    if (retryAfterS !== undefined) throw tooManyFailures(retryAfterS);
  }

  /** What to say of an attempt that failed. */
  private failed(ip: string, why: string): Refusal {
    const now = Date.now();
    const retryAfterS = this.failures.closedForS(ip, now);
    if (retryAfterS !== undefined) return tooManyFailures(retryAfterS);
    this.failures.failed(ip, now);
    return new Refusal('UNAUTHENTICATED', why);
  }
}

function withScope(caller: Caller, scope: Scope | undefined): Caller {
  if (scope === undefined || caller.scopes.has(scope)) return caller;
  throw new Refusal('FORBIDDEN', `This key lacks the scope "${scope}". Use a key that has it.`);
}

const NOBODY = { secret: 'the secret of a key that does not exist' };
const UNKNOWN_SIGNER = 'The signature is not that of a known key. Check the secret id and the secret key.';
const ENDED =
  'This token belongs to an invocation that does not run, or no longer. A token is valid while its function runs.';

function tooManyFailures(retryAfterS: number): Refusal {
  return new Refusal(
    'RATE_LIMITED',
    'Too many requests with a wrong key came from this address. Correct the key and wait for Retry-After.',
    { retryAfterS },
  );
}

function nobody(): Refusal {
  return new Refusal('UNAUTHENTICATED', 'Send a key, such as "Authorization: Bearer <id>.<secret>".');
}

function mustBeEnv(env: string | undefined): void {
  if (env === undefined || ENV_NAME.test(env)) return;
  const rule = 'must be 1-60 letters, digits, "_" or "-"';
  throw invalid('env', rule);
}

/** An env that the key does not have is refused; there is no fallback. Undefined: it has all, and none of them first. */
function envOf(key: Key, env: string | undefined): string | undefined {
  if (env === undefined) return key.envs.find((own) => own !== EVERY_ENV);
  if (!key.envs.includes(env) && !key.envs.includes(EVERY_ENV)) throw foreignEnv(env, `This key has no env "${env}".`);
  return env;
}

/** Names the field, so that a door can tell this from a missing scope. */
function foreignEnv(env: string, message: string): Refusal {
  return new Refusal('FORBIDDEN', message, {
    fields: [{ field: 'env', rule: `must be one of the key's own, not "${env}"` }],
  });
}

/** Whom the call of a function goes back to, as its record has it. */
function callerIn(origin = '{}'): Pick<Caller, 'user' | 'keyID'> {
  const { user, keyID } = JSON.parse(origin) as Pick<Caller, 'user' | 'keyID'>;
  return { user, keyID };
}

function secretIn(bearer: string): string {
  const dot = bearer.indexOf('.');
  return dot < 0 ? '' : bearer.slice(dot + 1);
}
