/**
 * The sandboxes of a worker. Warm ones serve the version they have loaded; generic spares (runtime up, nothing loaded)
 * take any function of their memory class, so that a first call does not wait for a process to start. There are at most
 * as many warm and busy ones together as there are slots; the one longest idle makes room. Short calls gather on as many as
 * there are cores (libs/policy/packing.ts).
 */
import type { Program } from '@invoq/contract/function';
import { LiveSet } from '@invoq/live/live-set';
import { MOMENT_MS } from '@invoq/policy/packing';
import { ExecutorStopped } from '../call/call';
import type { CallClock } from '../call/call-clock';
import type { FunctionPool } from './function-pool';
import { FunctionPools } from './function-pools';
import type { Death } from '../sandbox/death';
import type { Launcher } from '../sandbox/launch';
import { FrameError } from '../pipe/frames';
import { Lingering } from './lingering';
import type { MemoryWatch } from '../processes/memory-watch';
import type { Settings } from '../options';
import { programKey } from '../sandbox/program-head';
import { Sandbox, type SandboxEvents } from '../sandbox/sandbox';
import { Slots } from './slots';
import { Spares } from './spares';
import { WarmSandboxes } from './warm-sandboxes';
import { Ways } from './ways';

export interface TakeOptions {
  /** The other versions of the function stay, since this one is not served yet. */
  besides?: boolean;
  /** Not one that has a call already. */
  alone?: boolean;
}

/**
 * A sandbox that has just answered is back within a fraction of a millisecond: worth waiting for, ms. On a busy machine it may
 * have had no processor yet: then it is waited for again.
 */
const REST_WAIT_MS = 40;

export interface PoolStats {
  busy: number;
  idle: number;
  spares: number;
  starting: number;
  /** At work on what a call has left after its answer. */
  lingering: number;
}

export class Pool {
  private readonly warm = new WarmSandboxes();
  private readonly busy = new LiveSet<Sandbox>();
  private readonly ending = new Set<Promise<void>>();
  private readonly spares: Spares;
  private readonly ways = new Ways();
  private readonly lingering: Lingering;
  private readonly functionPools = new FunctionPools();
  private readonly slots: Slots;
  private stopped = false;
  private cleared = false;

  constructor(
    private readonly launcher: Launcher,
    private readonly settings: Settings,
    memory: MemoryWatch,
  ) {
    this.slots = new Slots(settings.slots);
    this.lingering = new Lingering(settings, memory, (sandbox) => this.close(sandbox));
    this.spares = new Spares(settings, (memoryMb, shelf) => this.launch(memoryMb, shelf));
  }

  /** Brings up the spares of these classes; resolves when they stand, or it is clear that they cannot. */
  stock(memoryClasses: number[]): Promise<void> {
    return this.spares.stock(memoryClasses);
  }

  /** A sandbox for one call; undefined when the clock rang first. Give it back. */
  async take(program: Program, clock: CallClock, options: TakeOptions = {}): Promise<Sandbox | undefined> {
    if (this.stopped) throw new ExecutorStopped();
    if (!this.slots.takeFree() && !(await this.slots.take(clock))) return undefined;
    try {
      const sandbox = await this.find(program, clock, options);
      if (sandbox !== undefined && this.cleared) {
        await sandbox.kill();
        throw new ExecutorStopped();
      }
      if (sandbox === undefined) this.slots.free();
      return sandbox;
    } catch (error) {
      this.slots.free();
      throw error;
    }
  }

  /** After the call, however it ended. */
  give(sandbox: Sandbox): void {
    this.slots.free();
    const functionPool = this.functionPools.of(sandbox.program!);
    if (!functionPool.ends(sandbox)) {
      if (sandbox.takesMore) this.serveWaiting(sandbox, functionPool);
      return;
    }
    this.busy.delete(sandbox);
    if (sandbox.state === 'idle') this.settle(sandbox);
    else if (sandbox.state !== 'resting') this.functionPools.loses(sandbox);
    else if (sandbox.left !== undefined) this.lingering.hold(sandbox);
    else this.warm.expect(sandbox, () => this.onLingers(sandbox));
    this.spares.refill(sandbox.memoryMb);
  }

  retire(env: string, name: string): void {
    for (const sandbox of [...this.warm.all(), ...this.busy, ...this.lingering.all()]) {
      if (sandbox.env === env && sandbox.functionName === name) sandbox.spoiled ??= 'retired';
    }
    this.clean();
  }

  stats(): PoolStats {
    const { warm, spares } = this;
    const { ready, starting } = spares;
    return { busy: this.slots.taken, idle: warm.size, spares: ready, starting, lingering: this.lingering.size };
  }

  /** Takes no more calls, and turns away those in line. */
  shut(): void {
    this.stopped = true;
    this.slots.refuseAll(new ExecutorStopped());
    this.functionPools.refuseAll(new ExecutorStopped());
    this.spares.refuseAll(new ExecutorStopped());
  }

  /** Resolves when no call has anything left at work. */
  lingered(): Promise<void> {
    return this.lingering.none();
  }

  /** Ends every process, busy ones too. */
  async clear(): Promise<void> {
    this.shut();
    this.cleared = true;
    for (const sandbox of this.lingering.all()) this.lingering.end(sandbox);
    for (const sandbox of [...this.warm.all(), ...this.busy, ...this.spares.clear()]) this.close(sandbox);
    await Promise.all(this.ending);
  }

  private async find(program: Program, clock: CallClock, options: TakeOptions): Promise<Sandbox | undefined> {
    const key = programKey(program);
    const functionPool = options.alone ? undefined : this.functionPools.find(key);
    if (functionPool?.isHot) {
      const { takesMore } = functionPool;
      if (takesMore !== undefined) return this.begins(takesMore, key);
      const served = await functionPool.waiting.wait(clock, MOMENT_MS);
      if (served !== undefined) return served;
    }
    if (clock.alarm !== undefined) return undefined;
    // At once: calls come in swarms, and the next one of this turn of the loop must see that it is at work.
    const rested = this.warm.take(key);
    if (rested !== undefined) return this.begins(rested, key);
    const served = await this.afterRest(program, clock);
    if (served !== undefined) return served;
    const fresh = await this.fresh(program, clock, options.besides ?? false);
    return fresh && this.begins(fresh, key);
  }

  private begins(sandbox: Sandbox, key: string): Sandbox {
    this.busy.add(sandbox);
    this.functionPools.of(key).begins(sandbox);
    return sandbox;
  }

  private async afterRest(program: Program, clock: CallClock): Promise<Sandbox | undefined> {
    const key = programKey(program);
    const line = this.functionPools.find(key)?.waiting;
    while (line !== undefined && clock.alarm === undefined && this.warm.restingOf(key) > line.length) {
      const served = await line.wait(clock, REST_WAIT_MS);
      if (served !== undefined) return served;
    }
    return undefined;
  }

  private async fresh(program: Program, clock: CallClock, besides: boolean): Promise<Sandbox | undefined> {
    if (clock.alarm !== undefined) return undefined;
    if (!besides) this.dropOtherVersions(program);
    const spare = await this.spares.take(program.memoryMb, clock);
    // Once the call is on its way: ending a process takes a while.
    setImmediate(() => this.makeRoom());
    return spare;
  }

  private dropOtherVersions(program: Program): void {
    const key = programKey(program);
    for (const sandbox of this.warm.all()) {
      const same = sandbox.env === program.env && sandbox.functionName === program.name;
      if (same && sandbox.program !== key) sandbox.spoiled ??= 'another version is served';
    }
    this.clean();
  }

  private makeRoom(): void {
    while (this.busy.size + this.warm.size > this.settings.slots) {
      const { oldest } = this.warm;
      if (oldest === undefined) return;
      this.close(oldest);
    }
  }

  /** A sandbox at rest goes to whoever waits for it, or among the idle, or away. */
  private settle(sandbox: Sandbox): void {
    const functionPool = this.hasServed(sandbox);
    if (this.stopped || sandbox.spoiled !== undefined) return this.close(sandbox);
    if (this.serveWaiting(sandbox, functionPool)) return;
    this.warm.keep(sandbox);
    this.makeRoom();
  }

  /** At once it is at work again, for a call that waits for it. Answers whether one did. */
  private serveWaiting(sandbox: Sandbox, functionPool: FunctionPool): boolean {
    const isTaken = functionPool.waiting.serve(sandbox);
    if (isTaken) this.begins(sandbox, sandbox.program!);
    return isTaken;
  }

  /** One more call. */
  private hasServed(sandbox: Sandbox): FunctionPool {
    const functionPool = this.functionPools.of(sandbox.program!);
    functionPool.took(sandbox.tookMs);
    if (sandbox.changed !== undefined) this.ways.learn(sandbox.program!, sandbox.changed);
    if (sandbox.calls >= this.settings.maxCallsPerSandbox) sandbox.spoiled ??= 'it has served its calls';
    return functionPool;
  }

  private clean(): void {
    for (const sandbox of this.warm.spoiled()) this.close(sandbox);
  }

  private close(sandbox: Sandbox): void {
    this.warm.forget(sandbox);
    this.lingering.forget(sandbox);
    this.functionPools.loses(sandbox);
    const { spoiled } = sandbox;
    if (spoiled !== undefined) this.settings.log.debug({ function: sandbox.functionName, spoiled }, 'sandbox recycled');
    const end = sandbox.kill(spoiled !== undefined || sandbox.state !== 'idle').finally(() => this.ending.delete(end));
    this.ending.add(end);
  }

  private launch(memoryMb: number, shelf: Pick<SandboxEvents, 'onReady' | 'onDeath'>): Sandbox {
    const settings = { ...this.settings, waysOf: (program: string) => this.ways.of(program) };
    return new Sandbox(this.launcher.launch(memoryMb), memoryMb, settings, {
      onReady: (sandbox) => shelf.onReady(sandbox),
      onNext: (sandbox) => this.onNext(sandbox),
      onRest: (sandbox) => this.onRest(sandbox),
      onLingers: (sandbox) => this.onLingers(sandbox),
      onDeath: (sandbox, death) => {
        shelf.onDeath(sandbox, death);
        this.onDeath(sandbox, death);
      },
      onError: (sandbox, fault) => this.onError(sandbox, fault),
    });
  }

  private onNext(sandbox: Sandbox): void {
    this.hasServed(sandbox).goesOn(sandbox);
  }

  private onRest(sandbox: Sandbox): void {
    // A busy one is settled when it is given back.
    if (this.busy.has(sandbox)) return;
    this.warm.forget(sandbox);
    this.lingering.forget(sandbox);
    this.settle(sandbox);
  }

  /** It said so, or it says nothing: it does not pause in what it does. */
  private onLingers(sandbox: Sandbox): void {
    // A busy one is seen to when it is given back.
    if (this.busy.has(sandbox)) return;
    this.warm.forget(sandbox);
    this.lingering.hold(sandbox);
  }

  /** The call says what was wrong; what went wrong on our side is for our own log. */
  private onError({ env, functionName }: Sandbox, fault: unknown): void {
    const fields = { env, function: functionName, err: fault };
    if (fault instanceof FrameError) this.settings.log.debug(fields, 'a sandbox was ended for what it sent');
    else this.settings.log.error(fields, 'a message of a sandbox could not be coped with');
  }

  /** By itself, while idle: nobody's call, but what it started may live on. */
  private onDeath(sandbox: Sandbox, death: Death): void {
    if (this.busy.has(sandbox) || sandbox.program === undefined) return;
    this.settings.log.debug({ function: sandbox.functionName, ...death }, 'an idle sandbox is gone');
    this.close(sandbox);
  }
}
