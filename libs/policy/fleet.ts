/** What a process concludes from the heartbeats of the others. Pure; times are handed in. */
import type { FunctionSpec, Published } from '@invoq/contract/function';
import type { Member } from '@invoq/contract/member';

/** One setting in which a process differs from the fleet. */
export interface Disagreement {
  /** Name of the variable. */
  setting: string;
  own: string;
  theirs: string;
  /** Host and pid of the process that was there first. */
  host: string;
  pid: number;
  /** A process that differs in this takes no calls: they would wait where nobody looks. */
  stops: boolean;
}

/** A difference in these loses calls. Different secrets are reported, and calls go on: receivers may refuse their callbacks. */
const STOPPING = new Set(['INVOQ_PARTITIONS', 'INVOQ_SYNC_LANE']);

/**
 * In what a process differs from the living fleet. The process that has been there longest is right: a new one that was
 * set wrongly must not stop those that work. Fingerprints of secrets agree when they have one in common.
 */
export function disagreements(own: Member, members: readonly Member[]): Disagreement[] {
  const elders = members.filter((other) => isElder(other, own)).sort((a, b) => (isElder(a, b) ? -1 : 1));
  const found: Disagreement[] = [];
  for (const [setting, value] of Object.entries(own.settings)) {
    const first = elders.find(({ settings }) => settings[setting] !== undefined);
    const theirs = first?.settings[setting];
    if (first === undefined || theirs === undefined || theirs === value) continue;
    found.push({ setting, own: value, theirs, host: first.host, pid: first.pid, stops: STOPPING.has(setting) });
  }
  for (const [setting, ours] of Object.entries(own.secrets)) {
    const first = elders.find(({ secrets }) => secrets[setting] !== undefined);
    const theirs = first?.secrets[setting];
    if (first === undefined || theirs === undefined || theirs.some((each) => ours.includes(each))) continue;
    const [text, other] = [ours, theirs].map((prints) => `fingerprint ${prints.join(', ')}`);
    found.push({ setting, own: text, theirs: other, host: first.host, pid: first.pid, stops: false });
  }
  return found;
}

/** Two that joined in the same millisecond have an order too. */
function isElder(a: Member, b: Member): boolean {
  return a.id !== b.id && (a.since < b.since || (a.since === b.since && a.id < b.id));
}

export function disagreementText({ setting, own, theirs, host, pid }: Disagreement): string {
  return `${setting} is ${own} here and ${theirs} at ${host} (pid ${pid}), which was there first. Set them alike, or stop the others first.`;
}

/** A function must be missing from every heartbeat for so long before it counts as unserved, ms. */
export const UNSERVED_MS = 10_000;

/** What is to become of the registry's entry of one function. */
export type Settled = { keep: true } | { keep: false; entry: Published | undefined };

/** A living worker that takes calls of a function, and what it says of it. */
export interface Server {
  id: string;
  spec: FunctionSpec;
}

export interface EntryFacts {
  entry: Published;
  /** The newest last. */
  servers: readonly Server[];
  /** For how long no heartbeat has served it, while Redis answered, ms. */
  missingMs: number;
  /** ms since the epoch, by Redis' clock. */
  now: number;
  /** How long a function that nobody serves stays known, ms. */
  keepMs: number;
}

/**
 * What was written last stands for as long as its writer serves it; then what the newest of the others says. A worker on
 * which the function does not load counts only while no other has it whole: its settings may be what is broken. What nobody
 * has served for a while is marked with the time, and forgotten much later.
 */
export function settledEntry({ entry, servers, missingMs, now, keepMs }: EntryFacts): Settled {
  const { unservedSince, ...rest } = entry;
  const whole = servers.filter(({ spec }) => spec.loadProblem === undefined);
  const counted = whole.length > 0 ? whole : servers;
  const newest = counted.at(-1);
  if (newest !== undefined) {
    const stands = whole.length === 0 || entry.spec.loadProblem === undefined;
    if (stands && counted.some(({ id }) => id === entry.source)) {
      return unservedSince === undefined ? { keep: true } : { keep: false, entry: rest };
    }
    return { keep: false, entry: { ...rest, spec: newest.spec, source: newest.id } };
  }
  if (missingMs < UNSERVED_MS) return { keep: true };
  if (unservedSince === undefined) return { keep: false, entry: { ...rest, unservedSince: now } };
  return now - unservedSince >= keepMs ? { keep: false, entry: undefined } : { keep: true };
}
