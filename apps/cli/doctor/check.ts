/** What doctor says of one thing. */

export type State = 'ok' | 'warn' | 'fail';

export interface Check {
  /** Stable, for programs: `redis.version`. */
  name: string;
  state: State;
  message: string;
  /** What to do. Missing when all is well. */
  next?: string;
}

export function ok(name: string, message: string): Check {
  return { name, state: 'ok', message };
}

export function warn(name: string, message: string, next: string): Check {
  return { name, state: 'warn', message, next };
}

export function fail(name: string, message: string, next: string): Check {
  return { name, state: 'fail', message, next };
}
