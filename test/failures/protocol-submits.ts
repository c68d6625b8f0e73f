/** Submissions of a history: sync and async, with keys, priorities, limits and delays. */
import fc from 'fast-check';
import type { Plan } from '@invoq/policy/plan';
import { newRequestID } from '@invoq/store/keys/partition';
import type { Submission } from '@invoq/store/submission/submission';
import type { ProtocolModel } from './protocol-model';
import { FREE_BYTES, LIMITS, type ModelRecord, QUOTAS } from './protocol-record';
import { Step } from './protocol-step';
import { MAX_QUEUED, CALLBACK, CHANNEL, type World } from './protocol-world';

const any = {
  sync: fc.boolean(),
  key: fc.option(fc.constantFrom('k1', 'k2'), { nil: undefined }),
  hash: fc.constantFrom('a', 'a', 'b'),
  name: fc.constantFrom('f', 'g', 'g', 'h'),
  priority: fc.constantFrom(0, 0, 0, 3),
  delay: fc.constantFrom(0, 0, 0, 700, 5_000),
  // One byte less is free; four of the large ones are too many.
  bytes: fc.constantFrom(2, 2, FREE_BYTES, FREE_BYTES + 1, 6_000),
  buried: fc.boolean(),
  byBell: fc.boolean(),
  plain: fc.boolean(),
  together: fc.constantFrom(1, 1, 2, 4),
};

const submitsOf = (fields: typeof any): fc.Arbitrary<Step> =>
  fc.record(fields).map((asked) => {
    const { sync, hash, priority, buried, byBell, together, plain: isPlain } = asked;
    const mode = sync ? 'sync' : 'async';
    const delayMs = sync || isPlain ? 0 : asked.delay;
    const key = isPlain ? undefined : asked.key;
    const bytes = isPlain ? Math.min(asked.bytes, 100) : asked.bytes;
    // A function with a limit has no plain calls.
    const name = isPlain ? 'f' : asked.name;
    // BullMQ carries the lane of some: a ticket may bring a worker, besides the bell.
    const isTicketed = !sync && !byBell;
    const submit = (
      model: ProtocolModel,
      first: string | undefined,
    ): { submission: Submission; expected: string; record?: ModelRecord } => {
      const requestID = newRequestID(0);
      const deadMs = buried && !sync ? 3_600_000 : undefined;
      const made = sync
        ? { requestID, mode, maxStarts: 1, timeoutMs: 5_000, queueAgeMs: 5_000, priority, bytes, deadMs, isPlain }
        : { requestID, mode, maxStarts: 3, timeoutMs: 30_000, queueAgeMs: 40_000, priority, bytes, deadMs, isPlain };
      // A key belongs to this history alone: it is named after its first record.
      const idempotency = key && first ? { key: `${key} ${first}`, hash } : undefined;
      const flow = `${name} ${priority}`;
      const expected = model.submit(made as ModelRecord, flow, MAX_QUEUED, delayMs, idempotency, !isTicketed);
      const plan = {
        ...made,
        lane: mode,
        maxRunning: LIMITS[name],
        expireAfterMs: made.queueAgeMs,
        waitMs: 0,
        delay: delayMs > 0 ? { delayMs } : undefined,
        retainMs: 3_600_000,
      } as Plan;
      const submission = {
          requestID, env: 'default', function: name, queue: 'default', plan, data: `"${'x'.repeat(bytes - 2)}"`, origin: '{}', depth: 0,
          replyTo: CHANNEL, maxQueued: MAX_QUEUED, maxOpen: 2 * MAX_QUEUED, callback: isPlain ? undefined : CALLBACK, quotas: QUOTAS,
          idempotency: idempotency && { key: idempotency.key, bodyHash: idempotency.hash, keepMs: 3_600_000 },
        }; // prettier-ignore
      return { submission, expected, record: expected === 'new' ? model.records.at(-1) : undefined };
    };
    const act = async (model: ProtocolModel, { store }: World): Promise<void> => {
      const first = model.records[0]?.requestID;
      const made = Array.from({ length: together }, () => submit(model, first));
      const answer = await Promise.all(made.map(({ submission }) => store.submit(submission, isTicketed)));
      for (const [i, { submission, expected, record }] of made.entries()) {
        const { ticket, ...verdict } = { ticket: false, ...answer[i] };
        expect(said(verdict)).toBe(expected);
        if (record === undefined) continue;
        // Only who can be taken is worth a slot, and one ticket is enough for a while.
        if (ticket) expect(isTicketed && record.turn !== undefined).toBe(true);
        if (ticket) model.kinds.ticketed(mode);
        // The same command again, as a connection that broke sends it.
        expect(await store.submit(submission, isTicketed)).toMatchObject({ kind: 'new' });
      }
    };
    return new Step(
      `submit ${together} ${isPlain ? 'plain ' : ''}${sync ? 'sync' : `async in ${delayMs} ms`}${byBell ? ' by bell' : ''} ${name} ${priority} ${bytes} bytes ${key ?? ''} ${hash}`,
      act,
    );
  });

export const submits = submitsOf(any);
/** Those that find offers, where there are some. */
export const plainSubmits = submitsOf({ ...any, plain: fc.constant(true), byBell: fc.constant(true) });

function said(verdict: object): string {
  return Object.values(verdict).join(' ');
}
