/** The trace that a client in a function goes on with. */

/** Of the run in which this program is, when `key` is that run's token; nothing elsewhere. */
export function traceOfFunction(key: string | undefined): { traceparent?: string; tracestate?: string } {
  // Browsers have no `process`.
  const variables = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env;
  if (key === undefined || variables?.INVOQ_TOKEN !== key) return {};
  return { traceparent: variables.TRACEPARENT, tracestate: variables.TRACESTATE };
}
