/**
 * Functions of which every worker is drained: nobody will start their calls until an operator resumes one, or another worker
 * comes. Sync calls of them are refused, and those that wait end, as with a pause. Polled twice a second; a poll
 * at a fleet in which nothing changes is one read.
 */
import type { FunctionSpec } from '@invoq/contract/function';
import type { Member } from '@invoq/contract/member';
import { LANES } from '@invoq/policy/lanes';
import type { FleetStore } from '@invoq/store/fleet/fleet-store';
import { PeriodicTask } from '@invoq/store/background/periodic-task';
import { servedName } from '@invoq/store/ready-queue/serving';
import type { TurningAway } from '@invoq/store/operators/turning-away';

const POLL_MS = 500;
/** While no calls come, ms: the first that comes has it polled at once. */
const IDLE_POLL_MS = 2_000;
/** Those of sync calls, nested ones too: the callers of their calls would wait as much in vain. */
const SYNC_LANES = LANES.filter((lane) => lane !== 'async');

export class StoodDown {
  private readonly task: PeriodicTask;
  /** By `servedName`. */
  private functions: ReadonlyMap<string, FunctionSpec> = new Map();
  private version: string | null | undefined;

  constructor(
    private readonly fleet: Pick<FleetStore, 'version' | 'living' | 'list'>,
    private readonly turning: Pick<TurningAway, 'turnAway'>,
    onError: (error: unknown) => void,
  ) {
    this.task = new PeriodicTask(() => this.poll(), { everyMs: POLL_MS, idleMs: IDLE_POLL_MS, firstMs: 0, onError });
  }

  start(): void {
    this.task.start();
  }

  stop(): void {
    this.task.stop();
  }

  /** Why nobody starts its calls; undefined: somebody may. As of the last check. */
  whyNot(env: string, name: string): string | undefined {
    this.task.used();
    return this.functions.has(servedName(env, name)) ? textOf(env, name) : undefined;
  }

  /** ms until the next one, when it is not the usual pace. */
  async poll(): Promise<number | void> {
    const version = await this.fleet.version();
    if (version !== this.version) {
      const read = await this.read();
      this.functions = read ?? this.functions;
      // A list that is not there yet is asked for again.
      this.version = read === undefined ? undefined : version;
    }
    for (const queue of new Set([...this.functions.values()].map((spec) => spec.queue))) {
      await this.turning.turnAway({
        queue,
        lanes: SYNC_LANES,
        isMeant: (served) => this.functions.get(served)?.queue === queue,
        type: 'NO_WORKER',
        message: (served) => textOf(this.functions.get(served)!.env, this.functions.get(served)!.name),
      });
    }
    if (this.functions.size > 0) return POLL_MS;
  }

  /** Undefined: not known yet. */
  private async read(): Promise<ReadonlyMap<string, FunctionSpec> | undefined> {
    const workers = (await this.fleet.living()).map(({ member }) => member).filter(({ app }) => app === 'worker');
    const drained = workers.filter(isDrained);
    if (drained.length === 0) return new Map();
    const functions = await this.served(drained);
    const others = await this.served(workers.filter((worker) => worker.state === 'ready' && !isDrained(worker)));
    if (!functions || !others) return undefined;
    return new Map([...functions].filter(([name]) => !others.has(name)));
  }

  private async served(workers: Member[]): Promise<Map<string, FunctionSpec> | undefined> {
    const digests = [...new Set(workers.flatMap((worker) => worker.functions ?? []))];
    const lists = await Promise.all(digests.map((digest) => this.fleet.list(digest)));
    if (lists.includes(undefined)) return undefined;
    return new Map(lists.flatMap((list) => list!.map((spec) => [servedName(spec.env, spec.name), spec] as const)));
  }
}

function isDrained({ wanted }: Member): boolean {
  return wanted === 'drain' || wanted === 'exit';
}

function textOf(env: string, name: string): string {
  return `Every worker that serves "${name}" in env "${env}" is drained. Resume one, or start another.`;
}
