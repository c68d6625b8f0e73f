/** HTTP applications that are exported where a handler should be: called as one, they would answer nothing. */

/** Such as `an Express app`; undefined: it is none that is known. */
export function httpAppName(value: unknown): string | undefined {
  if ((typeof value !== 'function' && typeof value !== 'object') || value === null) return undefined;
  try {
    const has = (name: string): boolean => typeof (value as Record<string, unknown>)[name] === 'function';
    if (has('handle') && has('use') && typeof value === 'function') return 'an Express app';
    if (has('callback') && has('use') && has('listen')) return 'a Koa app';
    if (has('inject') && has('route') && has('listen')) return 'a Fastify app';
    if (has('listen') && has('close') && has('address')) return 'an HTTP server';
    if (has('fetch') && (typeof value === 'object' || has('request'))) return 'a fetch() handler';
  } catch {
    // It resists inspection: calling it will show the error.
  }
  return undefined;
}
