/**
 * The one checker. Whatever a case did, afterwards every acknowledged call has one end, the end was written once, nothing
 * was started more often than allowed, callers got the recorded bytes, and nothing is left behind anywhere.
 */
import { http } from '../harness/http';
import { childrenOf, descriptorsOf, isRunning, processesWith } from '../harness/process-facts';
import { until } from '../harness/until';
import { readHistories } from './append-only-file';
import { activeTimers, metric } from './scrape';
import type { Stand } from './stand';

export interface Expected {
  /** ms until nothing may be under way any more. */
  settleMs?: number;
  /** Starts that a call may have, by its mode; 1 and 3 when nothing is said. */
  starts?: { sync?: number; async?: number };
  /** Lines in a second of one process. */
  logLines?: number;
}

const ENDED = new Set(['succeeded', 'failed', 'timedOut', 'crashed', 'expired', 'cancelled', 'lost']);
const BY_HTTP = 50;
/** The API has two connections that may be under repair, and a caller's that closes. */
const SLACK = { descriptors: 10, timers: 8 };
/** A pipe for each of stdout, stderr and the channel, the gauge, and the pidfd or the like. */
const DESCRIPTORS_OF_A_SANDBOX = 6;

export async function check(stand: Stand, expected: Expected): Promise<{ lines: string[]; faults: string[] }> {
  const faults: string[] = [];
  const lines: string[] = [];
  await nothingIsLeft(stand, expected.settleMs ?? 20_000).catch((error: Error) => faults.push(error.message));
  await endsAndStarts(stand, expected, lines, faults);
  await answers(stand, lines, faults);
  await processes(stand, expected, lines, faults);
  return { lines, faults };
}

/** Keys that hold calls under way: the due index, the lanes' queued sets, and BullMQ's lists, sets and jobs. */
async function nothingIsLeft(stand: Stand, ms: number): Promise<void> {
  await until(
    'nothing open, queued, waiting or active is left',
    async () => {
      const left: string[] = [];
      for (const key of await stand.store.keys('{invoq:*}:*')) {
        if (/:(open|queued:[^:]+:[^:]+)$/.test(key)) left.push(key);
        if (
          /^\{invoq:\d+\}:[\w-]+\.[\w-]+:(wait|active|paused|delayed|prioritized|completed|failed|stalled)$/.test(key)
        )
          left.push(key);
        if (/^\{invoq:\d+\}:[\w-]+\.[\w-]+:[0-9a-f-]{36}(:lock)?$/.test(key)) left.push(key);
      }
      if (left.length > 0) throw new Error(left.slice(0, 5).join(' '));
      return true;
    },
    ms,
  );
}

async function endsAndStarts(stand: Stand, expected: Expected, lines: string[], faults: string[]): Promise<void> {
  const acked = stand.ledger.acked();
  const records = await readRecords(stand, acked);
  const histories = readHistories(stand.redis.dir);
  const starts = new Map<string, number[]>();
  for (const { requestID, attempt } of stand.starts.read())
    starts.set(requestID, [...(starts.get(requestID) ?? []), attempt]);

  const ends = new Map<string, number>();
  for (const requestID of acked) {
    const { status, mode } = records.get(requestID)!;
    ends.set(status, (ends.get(status) ?? 0) + 1);
    if (!ENDED.has(status)) faults.push(`${requestID} was accepted and is "${status}"`);
    const written = histories.get(requestID)?.ends.length ?? 0;
    if (written !== 1) faults.push(`${requestID} had its end written ${written} times`);
    const attempts = starts.get(requestID) ?? [];
    const allowed = mode === 'sync' ? (expected.starts?.sync ?? 1) : (expected.starts?.async ?? 3);
    if (attempts.length > allowed) faults.push(`${requestID} (${mode}) was started ${attempts.length} times`);
    if (new Set(attempts).size < attempts.length)
      faults.push(`${requestID}: one attempt was started twice: ${attempts.join()}`);
    if (status === 'expired' && attempts.length > 0) faults.push(`${requestID} is expired, and ran`);
    if (status === 'succeeded' && attempts.length === 0 && starts.size > 0)
      faults.push(`${requestID} succeeded and never started`);
  }
  for (const [requestID, { ends: written }] of histories)
    if (written.length > 1) faults.push(`${requestID} had its end written ${written.length} times`);
  const again = acked.filter((requestID) => (starts.get(requestID)?.length ?? 0) > 1).length;
  const how = [...ends].map(([status, count]) => `${count} ${status}`).join(', ');
  const total = acked.reduce((sum, requestID) => sum + (starts.get(requestID)?.length ?? 0), 0);
  lines.push(
    `${acked.length} accepted, each with one end, written once (${how}); ${total} starts, ${again} calls started again`,
  );
}

async function readRecords(
  stand: Stand,
  ids: string[],
): Promise<Map<string, { status: string; mode: string; envelope: string }>> {
  const found = new Map<string, { status: string; mode: string; envelope: string }>();
  for (let at = 0; at < ids.length; at += 500) {
    const batch = ids.slice(at, at + 500);
    const reads = await Promise.all(batch.map((requestID) => stand.fields(requestID, 'status', 'mode', 'envelope')));
    batch.forEach((requestID, i) => {
      const [status, mode, envelope] = reads[i];
      found.set(requestID, { status: status ?? 'unknown', mode: mode ?? '', envelope: envelope ?? '' });
    });
  }
  return found;
}

/** What a sync caller got is what the record says, and what everybody else gets who asks. */
async function answers(stand: Stand, lines: string[], faults: string[]): Promise<void> {
  const answered = stand.ledger.read().flatMap((entry) => (entry.what === 'answered' ? [entry] : []));
  const records = await readRecords(stand, [...new Set(answered.map(({ requestID }) => requestID))]);
  for (const { requestID, text } of answered)
    if (records.get(requestID)!.envelope !== text)
      faults.push(`${requestID}: the caller got other bytes than the record has`);
  const api = stand.apis[0];
  const asked = api ? answered.slice(0, BY_HTTP) : [];
  for (const { requestID, text, status, env } of asked) {
    const headers: Record<string, string> = env ? { 'x-invoq-env': env } : {};
    const again = await http(api.url).get(`/v1/invocations/${requestID}/result`, headers);
    if (again.text !== text || again.status !== status)
      faults.push(`${requestID}: GET result answers ${again.status} ${again.text}`);
  }
  if (answered.length > 0)
    lines.push(
      `${answered.length} answers are the recorded bytes (${asked.length} of them asked for again at GET result)`,
    );
}

async function processes(stand: Stand, expected: Expected, lines: string[], faults: string[]): Promise<void> {
  let descriptors = 0;
  let timers = 0;
  for (const [app, before] of stand.baselines) {
    if (app.process.exit) continue;
    const children = (): number => childrenOf(app.process.pid).length;
    const look = async (): Promise<true> => {
      const busy = await metric(app, 'invoq_sandboxes', 'state="busy"');
      if (busy > 0) throw new Error(`${app.process.name}: ${busy} sandboxes are busy`);
      const waiters = await metric(app, 'invoq_waiters');
      if (waiters > 0) throw new Error(`${app.process.name}: ${waiters} waiters`);
      const held = descriptorsOf(app.process.pid) - before.descriptors;
      const allowed = SLACK.descriptors + DESCRIPTORS_OF_A_SANDBOX * children();
      if (held > allowed) throw new Error(`${app.process.name}: ${held} descriptors more than at its start`);
      const ticking = (await activeTimers(app)) - before.timers;
      if (ticking > SLACK.timers) throw new Error(`${app.process.name}: ${ticking} timers more than at its start`);
      descriptors = Math.max(descriptors, held);
      timers = Math.max(timers, ticking);
      return true;
    };
    // A lane that was busy waits by itself for 10 s more.
    await until('no process holds more than at its start', look, 25_000).catch((error: Error) =>
      faults.push(error.message),
    );
  }
  const dead = [...stand.baselines.keys()].filter((app) => app.process.exit);
  for (const app of dead) {
    const orphans = (): number[] => processesWith(`INVOQ_SANDBOX=${app.process.pid}.`).filter(isRunning);
    await until(
      `nothing that ${app.process.name} ${app.process.pid} started is left`,
      () => orphans().length === 0,
      5_000,
    ).catch((error: Error) => faults.push(error.message));
  }
  faults.push(...stand.logs.faults);
  const { loudest } = stand.logs;
  if (loudest >= (expected.logLines ?? 100)) faults.push(`a process wrote ${loudest} lines in one second`);
  lines.push(
    `nothing left behind; at most ${descriptors} descriptors and ${timers} timers more than at the start; ${loudest} log lines a second at most`,
  );
}
