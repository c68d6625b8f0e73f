/** Submissions of a history: sync and async, with keys, priorities, limits and delays. */
import fc from 'fast-check';
import type { Plan } from '@invoq/policy/plan';
import { newRequestID } from '@invoq/store/partition';
import type { ProtocolModel } from './protocol-model';
import { FREE_BYTES, LIMITS, type ModelRecord, QUOTAS } from './protocol-record';
import { Step } from './protocol-step';
import { MAX_QUEUED, MAX_TICKETS, CALLBACK, CHANNEL, type World } from './protocol-world';

export const submits = fc
  .record({
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
  })
  .map(({ sync, key, hash, name, priority, delay, bytes, buried, byBell }) => {
    const act = async (model: ProtocolModel, { store }: World): Promise<void> => {
      const mode = sync ? 'sync' : 'async';
      const delayMs = sync ? 0 : delay;
      const requestID = newRequestID(0);
      const deadMs = buried && !sync ? 3_600_000 : undefined;
      const made = sync
        ? { requestID, mode, maxStarts: 1, timeoutMs: 5_000, queueAgeMs: 5_000, priority, bytes, deadMs }
        : { requestID, mode, maxStarts: 3, timeoutMs: 30_000, queueAgeMs: 40_000, priority, bytes, deadMs };
      const scoped = key && `${key} ${model.records.length > 0 ? model.records[0].requestID : requestID}`;
      // A key belongs to this history alone: it is named after its first record.
      const idempotency = scoped && model.records.length > 0 ? { key: scoped, hash } : undefined;
      const expected = model.submit(made as ModelRecord, `${name} ${priority}`, MAX_QUEUED, delayMs, idempotency);
      const plan = {
        ...made,
        lane: mode,
        maxRunning: LIMITS[name],
        expireAfterMs: made.queueAgeMs,
        waitMs: 0,
        delay: { delayMs },
        retainMs: 3_600_000,
      } as Plan;
      const submission = {
          requestID, env: 'default', function: name, queue: 'default', plan, data: `"${'x'.repeat(bytes - 2)}"`, origin: '{}', depth: 0,
          replyTo: CHANNEL, maxQueued: MAX_QUEUED, maxOpen: 2 * MAX_QUEUED, callback: CALLBACK, quotas: QUOTAS,
          idempotency: idempotency && { key: idempotency.key, bodyHash: idempotency.hash, keepMs: 3_600_000 },
        }; // prettier-ignore
      // Of what a queue carries tickets tell, and the bell of the rest.
      const maxTickets = sync || byBell ? 0 : MAX_TICKETS;
      const told = await store.submit(submission, maxTickets);
      const { ticket, ...verdict } = { ticket: false, ...told };
      expect(Object.values(verdict).join(' ')).toBe(expected);
      // Only who can be taken is worth a slot.
      if (told.kind === 'new') expect(ticket).toBe(maxTickets > 0 && model.records.at(-1)!.turn !== undefined);
      if (ticket) model.kinds.ticketed(mode);
      // The same command again, as a connection that broke sends it.
      if (told.kind === 'new') expect(await store.submit(submission, maxTickets)).toMatchObject({ kind: 'new' });
    };
    return new Step(
      `submit ${sync ? 'sync' : `async in ${delay} ms`}${byBell ? ' by bell' : ''} ${name} ${priority} ${bytes} bytes ${key ?? ''} ${hash}`,
      act,
    );
  });
