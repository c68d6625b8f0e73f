/** What operators ask of the fleet: its workers, its queues, and functions that are to be forgotten. */
import { Refusal } from '@invoq/contract/refusal';
import type { FunctionSpec } from '@invoq/contract/function';
import type { LaneView, QueueView, WorkerView } from '@invoq/contract/fleet-views';
import type { QueueLoad } from '@invoq/contract/operations/load';
import type { Member, MemberLoad } from '@invoq/contract/member';
import { type LaneName, LANES, slotsOf, type Slots } from '@invoq/policy/lanes';
import type { FleetStore } from '@invoq/store/fleet/fleet-store';
import type { FunctionStore } from '@invoq/store/fleet/function-store';
import type { RecordReader } from '@invoq/store/record/record-reader';
import { fromStore } from '@invoq/store/connection/store-error';
import type { Pauses } from '../operations/pauses';
import type { Caller } from '../auth/caller';

interface LivingWorker {
  member: Member;
  load: MemberLoad;
  seenAt: number;
  /** Those that the caller may see. */
  functions: FunctionSpec[];
}

export class FleetService {
  constructor(
    private readonly fleet: FleetStore,
    private readonly functions: FunctionStore,
    private readonly reader: RecordReader,
    private readonly pauses: Pauses,
    private readonly partitions: number,
  ) {}

  /** A key for single envs sees the workers that serve its env. */
  async workers(caller: Caller, withFunctions: boolean): Promise<WorkerView[]> {
    const workers = await fromStore(this.living(caller));
    return workers.map(({ member, load, seenAt, functions }) => ({
      id: member.id,
      host: member.host,
      pid: member.pid,
      release: member.release,
      format: member.format,
      queues: member.queues ?? [],
      slots: member.slots ?? {},
      ...(caller.everyEnv ? load : {}),
      functionCount: functions.length,
      ...(withFunctions ? { functions: functions.map(({ env, name }) => `${env}/${name}`) } : {}),
      since: new Date(member.since).toISOString(),
      seenAt: new Date(seenAt).toISOString(),
      state: member.state,
      ...(member.wanted ? { wanted: member.wanted } : {}),
      ...(member.reasons ? { reasons: member.reasons } : {}),
      ...(member.differs ? { differs: member.differs } : {}),
    }));
  }

  /** A key for single envs sees the queues of its functions, and counts the calls of its env. */
  async queues(caller: Caller): Promise<QueueView[]> {
    const asking = [this.queueNames(caller), this.living(caller), this.limitedOf(caller)] as const;
    const [names, workers, limited] = await fromStore(Promise.all(asking));
    return fromStore(Promise.all(names.map((queue) => this.queue(caller, queue, workers, limited))));
  }

  /** Every queue that is known. */
  async everyQueue(caller: Caller): Promise<string[]> {
    return fromStore(this.queueNames(caller));
  }

  /** Refuses with WORKER_NOT_FOUND. */
  async worker(caller: Caller, id: string): Promise<WorkerView> {
    const found = (await this.workers(caller, false)).find((each) => each.id === id);
    if (!found) throw new Refusal('WORKER_NOT_FOUND', 'No living worker has this id.');
    return found;
  }

  /**
   * Takes a function that nobody serves off the list. Refuses with FUNCTION_NOT_FOUND, and with FUNCTION_SERVED while a worker
   * has it: it would be published again.
   */
  async forget({ env }: Caller, name: string): Promise<void> {
    const entry = await fromStore(this.functions.entry(env, name));
    if (!entry) throw new Refusal('FUNCTION_NOT_FOUND', `No function "${name}" in env "${env}".`);
    const isServed = entry.published.unservedSince === undefined;
    // Written by a worker in between: it is served.
    if (isServed || !(await fromStore(this.functions.swap(env, name, entry, undefined)))) {
      throw new Refusal('FUNCTION_SERVED', `A living worker serves "${name}" in env "${env}", or did a moment ago.`);
    }
  }

  /** Refuses with QUEUE_NOT_FOUND a queue that the caller does not see. */
  async mustKnowQueue(caller: Caller, queue: string): Promise<void> {
    if ((await fromStore(this.queueNames(caller))).includes(queue)) return;
    throw new Refusal('QUEUE_NOT_FOUND', `No queue "${queue}".`);
  }

  private async living({ env, everyEnv }: Caller): Promise<LivingWorker[]> {
    const members = (await this.fleet.living()).filter(({ member }) => member.app === 'worker');
    const digests = new Set(members.flatMap(({ member }) => member.functions ?? []));
    const lists = new Map(
      await Promise.all([...digests].map(async (digest) => [digest, (await this.fleet.list(digest)) ?? []] as const)),
    );
    const all = members.map((one): LivingWorker => {
      const served = lists.get(one.member.functions ?? '') ?? [];
      return { ...one, functions: everyEnv ? served : served.filter((spec) => spec.env === env) };
    });
    return everyEnv ? all : all.filter(({ functions }) => functions.length > 0);
  }

  private async queueNames({ env, everyEnv }: Caller): Promise<string[]> {
    if (everyEnv) {
      const living = await this.fleet.living();
      const served = living.flatMap(({ member }) => member.queues ?? []);
      return [...new Set([...(await this.functions.queues()), ...served])].sort();
    }
    return [...new Set((await this.functions.list(env)).map(({ queue }) => queue))].sort();
  }

  /** One lane, in numbers. Refuses with QUEUE_NOT_FOUND a queue that the caller does not see. */
  async load(caller: Caller, queue: string, lane: LaneName): Promise<QueueLoad> {
    await this.mustKnowQueue(caller, queue);
    const [workers, limited] = await fromStore(Promise.all([this.living(caller), this.limitedOf(caller)]));
    const { depth, held, oldestAgeMs, running, slots } = await fromStore(
      this.lane(caller, queue, lane, workers, limited),
    );
    return { depth, held, oldestAgeMs, running, slots };
  }

  private async queue(
    caller: Caller,
    queue: string,
    workers: LivingWorker[],
    limited: FunctionSpec[],
  ): Promise<QueueView> {
    const lanes = await Promise.all(LANES.map((lane) => this.lane(caller, queue, lane, workers, limited)));
    const pause = this.pauses.of({ queue });
    return { queue, paused: pause !== undefined, ...(pause ? { pause } : {}), lanes };
  }

  private async lane(
    caller: Caller,
    queue: string,
    lane: LaneName,
    workers: LivingWorker[],
    limited: FunctionSpec[],
  ): Promise<LaneView> {
    const takers = workers.filter(({ member }) => member.state === 'ready' && member.queues?.includes(queue));
    const withSlots = takers.filter(({ member }) => slotsIn(member, lane) > 0);
    // What is over its limit waits to come to the async lane; elsewhere it is refused.
    const held = lane === 'async' ? limited.filter((spec) => spec.queue === queue) : [];
    const env = caller.everyEnv ? undefined : caller.env;
    const everywhere = Array.from({ length: this.partitions }, (_, partition) => partition);
    const loads = await Promise.all(
      everywhere.map((partition) => this.reader.load(partition, { queue, lane }, env, held)),
    );
    const busy = workers.flatMap(({ load }) => load.busy ?? []).filter((at) => at.queue === queue && at.lane === lane);
    return {
      lane,
      depth: loads.reduce((sum, load) => sum + load.depth, 0),
      held: loads.reduce((sum, load) => sum + load.held, 0),
      oldestAgeMs: Math.max(...loads.map((load) => load.oldestMs)),
      ...(caller.everyEnv ? { running: busy.reduce((sum, at) => sum + at.busy, 0) } : {}),
      slots: withSlots.reduce((sum, { member }) => sum + slotsIn(member, lane), 0),
      workers: withSlots.length,
    };
  }

  /** Functions that limit how many of their calls run, and whose calls the caller sees. */
  private async limitedOf({ env, everyEnv }: Caller): Promise<FunctionSpec[]> {
    const envs = everyEnv ? await this.functions.envs() : [env];
    const all = (await Promise.all(envs.map((each) => this.functions.list(each)))).flat();
    return all.filter(({ concurrency }) => concurrency !== undefined);
  }
}

function slotsIn({ slots }: Member, lane: LaneName): number {
  return slots === undefined ? 0 : slotsOf(lane, slots as Slots);
}
