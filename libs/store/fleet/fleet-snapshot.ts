/** What waits and runs in the whole fleet, for the gauges that one process reports for all. */
import { type LaneName, LANES } from '@invoq/policy/lanes';
import type { Redis } from 'ioredis';
import type { Activity } from '../background/activity';
import { primariesOf } from '../connection/connection';
import { envsKey, queuesKey, tagOf } from '../keys/keys';
import { partitionOfFunction } from '../keys/partition';
import { withScripts } from '../scripts/scripts';

/** A function with a limit of its own on how many of its calls run. */
export interface LimitedFunction {
  env: string;
  function: string;
  concurrency: number;
}

export interface Registered {
  /** Every queue that a function was ever published for. */
  queues: string[];
  /** Those that a function is published for now. */
  inUse: Set<string>;
  limited: LimitedFunction[];
}

export interface Backlog {
  waiting: number;
  /** Age of the oldest, ms. */
  oldestMs: number;
}

export interface FleetSnapshot {
  lanes: (Backlog & { queue: string; lane: LaneName })[];
  callbacks: Backlog;
  running: number;
  /** Those that wait for the time that their caller named. */
  delayed: number;
  /** Those that wait for their next attempt. */
  retrying: number;
  deadLetters: { env: string; function: string; count: number }[];
  /** Of each function with a limit: its calls that run, or that are next. */
  limited: (LimitedFunction & { running: number })[];
}

interface Answer {
  now: number;
  tags: string[] | object;
  lanes: [number, number | false][] | object;
  outbox: [number, number | false];
  running: number;
  open: number;
  retrying: number;
  letters: Record<string, number>;
  permits: Record<string, number>;
}

/** Partitions in one script: Redis serves others in between. More of them when there would be too many scripts. */
const PARTITIONS_AT_ONCE = 16;
const MAX_SCRIPTS = 8;

/** One command. */
export async function registered(redis: Redis): Promise<Registered> {
  const text = (await withScripts(redis).invoqRegistered({ keys: { queues: queuesKey(), envs: envsKey() } })) as string;
  const { queues, functions } = JSON.parse(text) as {
    queues: string[] | object;
    functions: [string, string, string, number | false][] | object;
  };
  const all = listOf(functions);
  return {
    queues: listOf(queues),
    inUse: new Set(all.map(([, , queue]) => queue)),
    limited: all.flatMap(([env, name, , concurrency]) =>
      concurrency === false ? [] : [{ env, function: name, concurrency }],
    ),
  };
}

/** Some partitions, and what the primaries have answered of them. */
interface Part {
  numbers: number[];
  tags: string[];
  /** What was asked; with another question the answer is of no use. */
  question?: string;
  answers: Answer[];
  /** Of `performance.now()`. */
  readAt: number;
}

/** What was read where nothing has happened since is as it was. One part is read again all the same each time, ms. */
const AGAIN_MS = 30_000;
/** Notes that are no older than this are not read again, ms. */
const NOTES_MS = 1_000;

export class FleetSnapshots {
  private readonly parts: Part[];
  /** When it was last the turn of one, of `performance.now()`. */
  private turnAt = -Infinity;

  constructor(
    private readonly redis: Redis,
    private readonly activity: Activity,
    private readonly partitions: number,
  ) {
    this.parts = batchesOf(partitions).map((numbers) => {
      return { numbers, tags: numbers.map(tagOf), answers: [], readAt: -Infinity };
    });
  }

  /** At most eight commands for each primary, however many partitions there are; few where nothing happens. */
  async read(queues: readonly string[], limited: readonly LimitedFunction[]): Promise<FleetSnapshot> {
    await this.activity.look(NOTES_MS);
    const lanes = queues.flatMap((queue) => LANES.map((lane) => ({ queue, lane })));
    const places = limited.map(({ env, function: name }) => [
      tagOf(partitionOfFunction(env, name, this.partitions)),
      `${env}:${name}`,
    ]);
    const isTime = performance.now() - this.turnAt > AGAIN_MS;
    if (isTime) this.turnAt = performance.now();
    const oldest = this.parts.reduce((one, other) => (other.readAt < one.readAt ? other : one));
    for (const part of this.parts) {
      const { tags } = part;
      const question = JSON.stringify({
        tags,
        lanes: lanes.map(({ queue, lane }) => `${queue}:${lane}`),
        limited: places,
      });
      if (
        (isTime && part === oldest) ||
        part.question !== question ||
        part.numbers.some((each) => this.activity.wasActiveSince(each, part.readAt))
      )
        await this.readPart(part, question);
    }
    return summed(this.parts.flatMap(sinceRead), lanes, limited);
  }

  private async readPart(part: Part, question: string): Promise<void> {
    part.question = undefined;
    const readAt = performance.now();
    const replies = await Promise.all(primariesOf(this.redis).map((primary) => ask(primary, question)));
    // While slots move between the nodes of a Redis Cluster a partition may be asked of neither: no partial sum is reported.
    const held = replies.reduce((sum, answer) => sum + listOf<string>(answer.tags).length, 0);
    if (held !== part.tags.length) throw new Error(`${held} of ${part.tags.length} partitions could be looked at`);
    Object.assign(part, { question, answers: replies, readAt });
  }
}

/** Its answers as of now: what waits grows older meanwhile. */
function sinceRead({ answers, readAt }: Part): Answer[] {
  const ms = performance.now() - readAt;
  return answers.map((answer) => ({ ...answer, now: answer.now + ms }));
}

async function ask(primary: Redis, question: string): Promise<Answer> {
  return JSON.parse((await withScripts(primary).invoqFleetSnapshot({ args: { question } })) as string) as Answer;
}

function batchesOf(partitions: number): number[][] {
  const size = Math.max(PARTITIONS_AT_ONCE, Math.ceil(partitions / MAX_SCRIPTS));
  const numbers = Array.from({ length: partitions }, (_, partition) => partition);
  return Array.from({ length: Math.ceil(partitions / size) }, (_, n) => numbers.slice(n * size, (n + 1) * size));
}

function summed(
  answers: Answer[],
  lanes: { queue: string; lane: LaneName }[],
  limited: readonly LimitedFunction[],
): FleetSnapshot {
  const total = (of: (answer: Answer) => number): number => answers.reduce((sum, answer) => sum + of(answer), 0);
  const backlog = (of: (answer: Answer) => [number, number | false]): Backlog => ({
    waiting: total((answer) => of(answer)[0]),
    oldestMs: Math.max(
      0,
      ...answers.map((answer) => {
        const since = of(answer)[1];
        return since === false ? 0 : answer.now - since;
      }),
    ),
  });
  const backlogs = lanes.map((lane, n) => ({
    ...lane,
    ...backlog((answer) => listOf<[number, number | false]>(answer.lanes)[n]),
  }));
  const inQueues = backlogs.reduce((sum, { waiting }) => sum + waiting, 0);
  const [running, retrying] = [total((answer) => answer.running), total((answer) => answer.retrying)];
  const names = new Set(answers.flatMap(({ letters }) => Object.keys(letters)));
  return {
    lanes: backlogs,
    callbacks: backlog((answer) => answer.outbox),
    running,
    retrying,
    delayed: Math.max(0, total((answer) => answer.open) - running - retrying - inQueues),
    deadLetters: [...names].map((name) => {
      const [env, ...rest] = name.split('/');
      return { env, function: rest.join('/'), count: total(({ letters }) => letters[name] ?? 0) };
    }),
    limited: limited.map((one) => ({
      ...one,
      running: total(({ permits }) => permits[`${one.env}:${one.function}`] ?? 0),
    })),
  };
}

/** Lua has one kind of table: an empty list comes as an empty object. */
function listOf<T>(value: T[] | object): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}
