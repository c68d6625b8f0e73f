/**
 * The terms on which a call was accepted: what never changes of it and is read by nothing that every call runs through. One
 * field of its record, as JSON text; see docs/decisions/0028.
 */
import type { RetryRule } from '@invoq/contract/retry';
import type { LaneName } from '@invoq/policy/lanes';

export interface CallSpec {
  readonly function: string;
  readonly env: string;
  readonly queue: string;
  readonly lane: LaneName;
  /** How deep it is nested; 0: it came from outside. */
  readonly depth: number;
  readonly priority: number;
  /** Starts allowed when workers die with it. */
  readonly maxStarts: number;
  /** How long it may wait for a start, ms; each start that is to follow another may wait as long again. */
  readonly queueAgeMs: number;
  /** When what fails is started again; missing: never. */
  readonly retry?: Readonly<RetryRule>;
}

/** Texts that are remembered; then all are forgotten. The calls of a function have few different ones between them. */
const MAX_REMEMBERED = 1_000;
const remembered = new Map<string, CallSpec>();

/** By hand: at a third of what `JSON.stringify` takes. Names have nothing in them that JSON would escape (`contract/function.ts`). */
export function writeCallSpec(t: CallSpec): string {
  const names = `"function":"${t.function}","env":"${t.env}","queue":"${t.queue}","lane":"${t.lane}"`;
  const numbers = `"depth":${t.depth},"priority":${t.priority},"maxStarts":${t.maxStarts},"queueAgeMs":${t.queueAgeMs}`;
  return `{${names},${numbers}${t.retry === undefined ? '' : `,"retry":${JSON.stringify(t.retry)}`}}`;
}

/** The same text gives the same object. */
export function readCallSpec(text: string): CallSpec {
  const known = remembered.get(text);
  if (known) return known;
  if (remembered.size === MAX_REMEMBERED) remembered.clear();
  const spec = Object.freeze(JSON.parse(text) as CallSpec);
  remembered.set(text, spec);
  return spec;
}
