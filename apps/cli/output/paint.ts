/** Colours, where they are wanted: on a terminal, unless NO_COLOR is set. */
import { inheritedEnv } from '@invoq/host/inherited-env';

type Colour = (text: string) => string;

export interface Paint {
  head: Colour;
  good: Colour;
  bad: Colour;
  warn: Colour;
  dim: Colour;
}

const CODES: Record<keyof Paint, [number, number]> = {
  head: [1, 22],
  good: [32, 39],
  bad: [31, 39],
  warn: [33, 39],
  dim: [2, 22],
};

/** https://no-color.org: a NO_COLOR that is not empty switches colours off. */
export function wantsColour(stream: { isTTY?: boolean }, env = inheritedEnv()): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

export function paintFor(coloured: boolean): Paint {
  const colour = ([on, off]: [number, number]): Colour =>
    coloured ? (text) => `\u001b[${on}m${text}\u001b[${off}m` : (text) => text;
  return Object.fromEntries(Object.entries(CODES).map(([name, codes]) => [name, colour(codes)])) as unknown as Paint;
}

const GOOD = new Set(['succeeded', 'ready', 'ok']);
const BAD = new Set(['failed', 'timedOut', 'crashed', 'expired', 'lost', 'refusing', 'fail']);
const WARN = new Set(['cancelled', 'retrying', 'draining', 'drained', 'paused', 'warn']);

/** A status in its colour. */
export function paintStatus(status: string, text: string, paint: Paint): string {
  if (GOOD.has(status)) return paint.good(text);
  if (BAD.has(status)) return paint.bad(text);
  return WARN.has(status) ? paint.warn(text) : text;
}
