/** The story of a call: what it did from when to when. Pure, so that it can be tested. */
import type { Attempt } from '@invoq/client/index';
import type { SeenCall } from '../session';

export type Chapter = { from: number; to: number } & (
  | { kind: 'delayed' | 'waited' | 'pause' }
  /** `attempt`: as the record has it; the last one may run still. */
  | { kind: 'ran'; attempt: Attempt; isOpen: boolean }
);

const OPEN = new Set(['queued', 'running', 'retrying']);

export const isOpen = (status: string): boolean => OPEN.has(status);

/** `now`: ms since the epoch; the end of what has none yet. */
export function storyOf(call: SeenCall, now: number): Chapter[] {
  const at = (iso: string | undefined): number => (iso === undefined ? now : Date.parse(iso));
  const end = call.finishedAt === undefined ? now : at(call.finishedAt);
  const story: Chapter[] = [];
  let from = at(call.queuedAt);
  const due = call.runAt === undefined ? from : at(call.runAt);
  const attempts = call.attempts ?? [];
  const firstStart = attempts.length > 0 ? at(attempts[0].startedAt) : end;
  if (due > from) {
    const until = Math.min(due, firstStart);
    story.push({ kind: 'delayed', from, to: until });
    from = until;
  }
  attempts.forEach((attempt, index) => {
    const start = at(attempt.startedAt);
    const isLast = index === attempts.length - 1;
    const stop = attempt.endedAt !== undefined ? at(attempt.endedAt) : isLast ? end : at(attempts[index + 1].startedAt);
    story.push({ kind: index === 0 ? 'waited' : 'pause', from, to: Math.max(from, start) });
    story.push({
      kind: 'ran',
      attempt,
      from: start,
      to: Math.max(start, stop),
      isOpen: isLast && call.status === 'running',
    });
    from = Math.max(start, stop);
  });
  if (attempts.length === 0) story.push({ kind: 'waited', from, to: Math.max(from, end) });
  else if (isOpen(call.status) && call.status !== 'running')
    story.push({ kind: 'pause', from, to: Math.max(from, now) });
  return story;
}
