/**
 * Random histories of the record protocol: whatever submits, takes by workers that differ, renewals, hand-backs, ends, cancels, looks of the sweeper and
 * passages of time come in whatever order, with late and repeated ones among them, the real scripts on a real Redis do
 * what the model says, and after every step what DESIGN promises holds. Time is the history's own.
 */
import fc from 'fast-check';
import { InvocationStore } from '@invoq/store/invocation-store';
import { DueIndex } from '@invoq/store/background/due-index';
import { openKey } from '@invoq/store/keys/keys';
import { ServingStore } from '@invoq/store/ready-queue/serving';
import { PauseStore } from '@invoq/store/operators/pause-store';
import { withScripts } from '@invoq/store/scripts/scripts';
import { startRedis } from '../harness/redis-server';
import { KINDS } from './protocol-kinds';
import { ProtocolModel } from './protocol-model';
import { TARGETS } from './protocol-pauses';
import { holds } from './protocol-promises';
import { resume, steps } from './protocol-steps';
import { announce, CLOCK_KEY, RUNS_FIRST_MS, CHANNEL, home, pass, type World } from './protocol-world';

const HISTORIES = Number(process.env.INVOQ_HISTORIES ?? (process.env.INVOQ_NIGHTLY ? 20_000 : 800));

/** Time and the sweeper alone bring every call to its end. */
async function allEnd(model: ProtocolModel, world: World): Promise<void> {
  for (const target of TARGETS) await resume(model, world, target);
  for (let round = 0; model.records.some(({ end }) => !end); round++) {
    expect(round).toBeLessThan(60);
    const next = Math.min(...model.records.filter(({ end }) => !end).map(({ nextLook }) => nextLook));
    await pass(model, world, Math.max(next - model.now, 0));
    // The very question that the sweeper asks, by this history's time.
    const due = [
      ...(await world.redis.zrangebyscore(openKey(0), '-inf', model.now - RUNS_FIRST_MS)),
      ...(await world.redis.zrangebyscore(openKey(0), 0, model.now)),
    ];
    expect(due.length).toBeGreaterThan(0);
    for (const requestID of due) {
      const record = model.records.find((each) => each.requestID === requestID)!;
      const expected = model.sweep(record);
      expect(await world.open.check(requestID, home(record))).toBe(expected);
    }
    await holds(model, world);
  }
}

test(
  `${HISTORIES} random histories of the record protocol keep every promise`,
  async () => {
    const server = await startRedis({ config: { appendonly: 'no' } });
    const redis = server.client();
    const realClock = /^local function clock\(\)\n(?:.*\n)*?end$/m;
    const ownClock = `local function clock() return tonumber(redis.call('GET', '${CLOCK_KEY}')) end`;
    withScripts(redis, (lua) => lua.replace(realClock, () => ownClock));
    const store = new InvocationStore(redis);
    const open = new DueIndex(redis);
    const serving = new ServingStore(redis, 'w');
    const pauses = new PauseStore(redis, 1);
    const listener = server.client();
    const announced = new Map<string, string[]>();
    listener.on('message', (_channel, message: string) => {
      for (const one of message.split('\x1e').filter((one) => one !== '')) {
        const [requestID = ''] = one.split(' ');
        announced.set(requestID, [...(announced.get(requestID) ?? []), one.slice(requestID.length + 1)]);
      }
    });
    await listener.subscribe(CHANNEL);

    let histories = 0;
    let count = 0;
    let [dispatched, takenBack] = [0, 0];
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.commands(steps, { maxCommands: 40, size: 'max' }), async (commands) => {
        const model = new ProtocolModel();
        const world: World = {
          redis,
          store,
          open,
          serving,
          pauses,
          claims: [],
          envelopes: new Map(),
          announced,
          steps: 0,
        };
        await redis.flushdb();
        announced.clear();
        await pass(model, world, 0);
        for (const kind of KINDS) await announce(model, world, kind);
        await fc.asyncModelRun(() => ({ model, real: world }), commands);
        await allEnd(model, world);
        await listener.ping();
        for (const { requestID, end } of model.records) {
          expect(announced.get(requestID)).toEqual([`${end!.outcome} ${world.envelopes.get(requestID)}`]);
          outcomes.set(end!.outcome, (outcomes.get(end!.outcome) ?? 0) + 1);
        }
        expect(await redis.zcard(openKey(0))).toBe(0);
        histories++;
        dispatched += model.offers.dispatched;
        takenBack += model.offers.takenBack;
        count += world.steps;
      }),
      { numRuns: HISTORIES, endOnFailure: false },
    );
    const how = [...outcomes].map(([outcome, n]) => `${n} ${outcome}`).join(', ');
    process.stdout.write(
      `\n  ${histories} histories, ${count} steps, each checked; calls ended: ${how}; ` +
        `${dispatched} dispatched, ${takenBack} of them not read\n`,
    );
    // Else the histories would say nothing of them.
    expect(Math.min(dispatched, takenBack)).toBeGreaterThan(0);
  },
  Math.max(600_000, 120 * HISTORIES),
);
