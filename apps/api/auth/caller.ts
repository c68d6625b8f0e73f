/** Who calls, and what they may do. */
import type { Rate } from '@invoq/contract/rate';

export const SCOPES = ['invoke', 'read', 'admin', 'user'] as const;
/** `user`: may say who the user is behind a call. */
export type Scope = (typeof SCOPES)[number];

export interface Caller {
  /** Whose calls are counted together: the key's id, or `anonymous`. */
  id: string;
  /** Whose places in this process count together: the key, the functions of an env, or without keys the address. */
  holder: string;
  env: string;
  /** May it see what is of all envs together, such as the depth of a queue? */
  everyEnv?: boolean;
  scopes: ReadonlySet<Scope>;
  /** How often it may call; absent: the default of the API. */
  rate?: Rate;
  /** How deep in a chain of functions that call functions; 0 from outside. */
  depth: number;
  /** Tells the secret of the key from others that it had or will have; absent: no key was shown. */
  keyPrint?: string;
  /** The key that its calls go back to: its own, or of a function that of its own call. Absent: there was none. */
  keyID?: string;
  /** Of a function that calls: the requestID of its own call. */
  callID?: string;
  /** The trace of that call, as its record has it. */
  trace?: string;
  /** Of a function that calls: the user of its own call. */
  user?: Record<string, unknown>;
  /** Overrides what the door says when a function is the caller. */
  eventType?: string;
}

/** What a request says about its sender, in whatever way its door carries it. */
export interface Credentials {
  /** Where the request came from: failed attempts are counted by it. */
  ip: string;
  /** `<id>.<secret>` of a key, or the token of a running invocation. */
  bearer?: string;
  /** Instead of a bearer: the secret stays with the sender, who signed the request with it. */
  signed?: SignedRequest;
  /** Instead of both: the session of somebody who uses the console. */
  session?: SessionProof;
  /** The env that is asked for; without one, the key's first. */
  env?: string;
  /**
   * What of all this the headers cannot say: `rest`, of whoever names itself there, or `all`, perhaps the key as well.
   * Absent: nothing.
   */
  bodySays?: 'rest' | 'all';
}

/** What a request of the console carries: its cookie, and the token that no page of another site can read. */
export interface SessionProof {
  cookie: string;
  csrf?: string;
}

/** A request that was signed with a key's secret. The door knows how; this says whose secret it should be. */
export interface SignedRequest {
  keyID: string;
  /** The token of a running invocation, when a function is the sender: it signs with the token's secret. */
  token?: string;
  /** Why the signature is worth nothing, whoever made it: too old, or not over all that matters. */
  fault?: string;
  /** Compared in constant time. False until the body was read. */
  isBy(secret: string): boolean;
}
