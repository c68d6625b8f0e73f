/** How a client is made. */
import type { RetryOptions } from './retry';

export interface ClientOptions {
  /** Where the API is, such as `http://127.0.0.1:3000`; a path before `/v1` may be part of it. */
  url: string;
  /** `<id>.<secret>`, or the token of a running function (INVOQ_TOKEN). Not needed where there are no keys. */
  key?: string;
  /** The env to call in; by default the key's first. */
  env?: string;
  /**
   * The trace of each request, as W3C Trace Context has it. By default in a function that of its run, and elsewhere none;
   * a `fetch` that is instrumented adds its own: then say `() => ({})`.
   */
  trace?: () => { traceparent?: string; tracestate?: string };
  /** In place of the global `fetch`. */
  fetch?: typeof fetch;
  /** How often, and how patiently, what is refused or lost on the way is sent again; `false`: never. */
  retry?: Partial<RetryOptions> | false;
  /** The longest wait for one answer, ms; 60 s by default. A call with `timeoutMs` waits that long and 10 s. */
  requestTimeoutMs?: number;
  /** A followed call says something each 15 s. After so long a silence the connection is made anew, ms; 45 s by default. */
  silentMs?: number;
}
