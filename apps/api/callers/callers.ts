/** Tells who calls: by a key, by the token of a running invocation, or (without a keys file) anyone who reaches the port. */
import { Refusal } from '@invoq/contract/errors';
import { ENV_NAME } from '@invoq/contract/function';
import { isRequestID } from '@invoq/contract/invocation';
import { parseInvocationToken } from '@invoq/contract/invocation-token';
import type { RecordReader } from '@invoq/store/record-reader';
import { storeRefusal } from '@invoq/store/store-fault';
import { tokenHash } from '@invoq/store/token-hash';
import { type Caller, type Credentials, type Scope, SCOPES } from './caller';
import type { FailedAttempts } from './failed-attempts';
import { EVERY_ENV, type Key, type Keys, sameText } from './keys';

const ALL = new Set<Scope>(SCOPES);
/** What a function may do while it runs: call others and read what became of it. */
const FUNCTION_SCOPES = new Set<Scope>(['invoke', 'read']);

export interface CallersOptions {
  /** The keys as they are now; undefined: there is no keys file, so anybody may call. */
  keys(): Keys | undefined;
  defaultEnv: string;
}

export class Callers {
  constructor(
    private readonly reader: RecordReader,
    private readonly failures: FailedAttempts,
    private readonly options: CallersOptions,
  ) {}

  /**
   * Refuses with UNAUTHENTICATED, RATE_LIMITED, or FORBIDDEN for an env or a scope that the caller does not have. Without a
   * scope any key will do.
   */
  async identify(credentials: Credentials, scope?: Scope): Promise<Caller> {
    mustBeEnv(credentials.env);
    const caller = await this.callerOf(credentials);
    if (scope !== undefined && !caller.scopes.has(scope))
      throw new Refusal('FORBIDDEN', `This key lacks the scope "${scope}".`);
    return caller;
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
    const known = !named && keys?.find(signed.keyID) !== undefined;
    // A function signs with its requestID as the key id; its token may come with the body.
    const requestID = named?.requestID ?? (!known && isRequestID(signed.keyID) ? signed.keyID : undefined);
    const attempt = { ip, keyID: requestID ?? signed.keyID, known: known || requestID !== undefined };
    this.mustBeHeard(attempt);
    if (known || (requestID !== undefined && (await this.holderOf(requestID)))) return;
    this.failures.failed(attempt, Date.now());
    throw new Refusal('UNAUTHENTICATED', requestID === undefined ? UNKNOWN_SIGNER : ENDED);
  }

  private async callerOf(credentials: Credentials): Promise<Caller> {
    const token = credentials.signed ? credentials.signed.token : credentials.bearer;
    const invocation = token === undefined ? undefined : parseInvocationToken(token);
    if (invocation) return this.byInvocation(invocation, credentials);
    const keys = this.options.keys();
    const { env, ip } = credentials;
    const { defaultEnv } = this.options;
    if (!keys) return { id: 'anonymous', holder: ip, env: env ?? defaultEnv, everyEnv: true, scopes: ALL, depth: 0 };
    const key = this.byKey(keys, credentials);
    const everyEnv = key.envs.includes(EVERY_ENV);
    const own = envOf(key, env) ?? defaultEnv;
    return { id: key.id, holder: key.id, env: own, everyEnv, scopes: key.scopes, rate: key.rate, depth: 0 };
  }

  private byKey(keys: Keys, { ip, bearer, signed }: Credentials): Key {
    if (bearer === undefined && signed === undefined) {
      throw nobody();
    }
    // Nothing can be learnt by it, so it is no attempt: a clock that is wrong shuts nobody out.
    if (signed?.fault !== undefined) throw new Refusal('UNAUTHENTICATED', signed.fault);
    const keyID = signed?.keyID ?? bearer!.split('.', 1)[0];
    const known = keys.find(keyID);
    const attempt = { ip, keyID, known: known !== undefined };
    this.mustBeHeard(attempt);
    // An unknown id costs as much as a wrong secret.
    const { secret } = known ?? NOBODY;
    const isRight = signed ? signed.isBy(secret) : sameText(secretIn(bearer!), secret);
    if (known && isRight) {
      this.failures.succeeded(attempt);
      return known;
    }
    this.failures.failed(attempt, Date.now());
    const what = signed ? UNKNOWN_SIGNER : 'This key is not known.';
    throw new Refusal('UNAUTHENTICATED', what);
  }

  /** A function that calls another: in its own env, one deeper, and only while it runs. */
  private async byInvocation(
    { requestID, secret }: { requestID: string; secret: string },
    { ip, signed, env }: Credentials,
  ): Promise<Caller> {
    if (signed?.fault !== undefined) throw new Refusal('UNAUTHENTICATED', signed.fault);
    // Ended invocations of one worker must not close its address to those that run.
    const attempt = { ip, keyID: requestID, known: true };
    this.mustBeHeard(attempt);
    const holder = await this.holderOf(requestID);
    const isHolder = holder !== undefined && sameText(tokenHash(secret), holder.tokenHash);
    if (!isHolder || (signed && !signed.isBy(secret))) {
      this.failures.failed(attempt, Date.now());
      throw new Refusal('UNAUTHENTICATED', isHolder ? 'This signature is not that of the token with it.' : ENDED);
    }
    if (env !== undefined && env !== holder.env) {
      throw foreignEnv(env, `A function may call in its own env only, not in "${env}".`);
    }
    return {
      id: `env:${holder.env}`,
      holder: `env:${holder.env}`,
      env: holder.env,
      scopes: FUNCTION_SCOPES,
      depth: holder.depth + 1,
      eventType: 'cloud_function',
    };
  }

  private holderOf(requestID: string): ReturnType<RecordReader['tokenHolder']> {
    return this.reader.tokenHolder(requestID).catch((error: unknown) => {
      throw storeRefusal(error);
    });
  }

  private mustBeHeard(attempt: Parameters<FailedAttempts['failed']>[0]): void {
    const retryAfterS = this.failures.closedForS(attempt, Date.now());
    if (retryAfterS === undefined) return;
    throw new Refusal('RATE_LIMITED', 'Too many attempts with keys that are not known.', { retryAfterS });
  }
}

const NOBODY = { secret: 'the secret of a key that does not exist' };
const UNKNOWN_SIGNER = 'This signature is not that of a known key.';
const ENDED = 'This token is that of an invocation which does not run (any more).';

function nobody(): Refusal {
  return new Refusal('UNAUTHENTICATED', 'Send a key, such as "Authorization: Bearer <id>.<secret>".');
}

function mustBeEnv(env: string | undefined): void {
  if (env === undefined || ENV_NAME.test(env)) return;
  const rule = 'must be 1-60 letters, digits, "_" or "-"';
  throw new Refusal('INVALID_REQUEST', `env ${rule}.`, { fields: [{ field: 'env', rule }] });
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

function secretIn(bearer: string): string {
  const dot = bearer.indexOf('.');
  return dot < 0 ? '' : bearer.slice(dot + 1);
}
