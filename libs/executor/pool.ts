/**
 * The sandboxes of a worker. Warm ones serve the version they have loaded; generic spares (runtime up, nothing loaded)
 * take any function of their memory class, so that a first call does not wait for a process to start. There are at most
 * as many warm and busy ones together as there are slots; the one longest idle makes room. Short calls gather on as many as
 * there are cores (libs/policy/packing.ts).
 */
import type { Program } from '@invoq/contract/function';
import { MOMENT_MS } from '@invoq/policy/packing';
import { ExecutorStopped } from './call';
import type { CallClock } from './call-clock';
import { Crew } from './crew';
import type { Launcher } from './launch';
import { Line } from './line';
import type { Settings } from './options';
import { programKey, Sandbox, type Death, type SandboxEvents } from './sandbox';
import { SpareShelf } from './spare-shelf';

/** A sandbox that has just answered is back within a fraction of a millisecond: worth waiting for, ms. */
const REST_WAIT_MS = 40;
/** One that is still not at rest then is at work on something else, ms. */
const MAX_REST_MS = 250;

export interface PoolStats {
  busy: number;
  idle: number;
  spares: number;
  starting: number;
}

/** Besides results and output: heads, error messages, stacks. */
const FRAME_SLACK_BYTES = 256 * 1024;

export class Pool {
  /** Warm and at rest, the longest idle first. */
  private readonly idle: Sandbox[] = [];
  private readonly resting = new Map<Sandbox, NodeJS.Timeout>();
  private readonly busy = new Set<Sandbox>();
  private readonly ending = new Set<Promise<void>>();
  private readonly shelves = new Map<number, SpareShelf>();
  /** By program. */
  private readonly crews = new Map<string, Crew>();
  private readonly slotLine = new Line<true>();
  private slotsTaken = 0;
  private stopped = false;
  private cleared = false;

  constructor(
    private readonly launcher: Launcher,
    private readonly settings: Settings,
  ) {}

  /** Brings up the spares of these classes; resolves when they stand, or it is clear that they cannot. */
  async stock(memoryClasses: number[]): Promise<void> {
    await Promise.all(memoryClasses.map((memoryMb) => this.shelf(memoryMb).stocked()));
  }

  /** A sandbox for one call; undefined when the clock rang first. Give it back. */
  async take(program: Program, clock: CallClock): Promise<Sandbox | undefined> {
    if (this.stopped) throw new ExecutorStopped();
    if (this.slotsTaken < this.settings.slots) this.slotsTaken++;
    else if (!(await this.slotLine.wait(clock))) return undefined;
    try {
      const sandbox = await this.find(program, clock);
      if (sandbox !== undefined && this.cleared) {
        await sandbox.kill();
        throw new ExecutorStopped();
      }
      if (sandbox === undefined) this.freeSlot();
      else {
        this.busy.add(sandbox);
        this.crewOf(programKey(program)).begins(sandbox);
      }
      return sandbox;
    } catch (error) {
      this.freeSlot();
      throw error;
    }
  }

  /** After the call, however it ended. */
  give(sandbox: Sandbox): void {
    this.busy.delete(sandbox);
    this.crews.get(sandbox.program!)?.ends(sandbox);
    if (sandbox.state === 'idle') this.settle(sandbox);
    else if (sandbox.state !== 'resting') this.dismiss(sandbox);
    else
      this.resting.set(
        sandbox,
        setTimeout(() => this.close(sandbox), MAX_REST_MS),
      );
    this.freeSlot();
    this.shelves.get(sandbox.memoryMb)?.refill();
  }

  retire(env: string, name: string): void {
    for (const sandbox of [...this.idle, ...this.resting.keys(), ...this.busy]) {
      if (sandbox.env === env && sandbox.functionName === name) sandbox.spoiled ??= 'retired';
    }
    this.clean();
  }

  stats(): PoolStats {
    const shelves = [...this.shelves.values()];
    return {
      busy: this.slotsTaken,
      idle: this.idle.length + this.resting.size,
      spares: shelves.reduce((sum, shelf) => sum + shelf.spares, 0),
      starting: shelves.reduce((sum, shelf) => sum + shelf.starting, 0),
    };
  }

  /** Takes no more calls, and turns away those in line. */
  shut(): void {
    this.stopped = true;
    this.slotLine.refuseAll(new ExecutorStopped());
    for (const { line } of this.crews.values()) line.refuseAll(new ExecutorStopped());
    for (const shelf of this.shelves.values()) shelf.refuseAll(new ExecutorStopped());
  }

  /** Ends every process, busy ones too. */
  async clear(): Promise<void> {
    this.shut();
    this.cleared = true;
    const all = [...this.idle, ...this.resting.keys(), ...this.busy];
    for (const shelf of this.shelves.values()) all.push(...shelf.clear());
    all.forEach((sandbox) => this.close(sandbox));
    await Promise.all(this.ending);
  }

  private async find(program: Program, clock: CallClock): Promise<Sandbox | undefined> {
    const crew = this.crews.get(programKey(program));
    if (crew?.isHot) {
      const hot = await crew.line.wait(clock, MOMENT_MS);
      if (hot !== undefined || clock.alarm !== undefined) return hot;
    }
    return this.warm(program) ?? (await this.afterRest(program, clock)) ?? (await this.fresh(program, clock));
  }

  private warm(program: Program): Sandbox | undefined {
    const key = programKey(program);
    // The one used last: its memory is the warmest, and those at the front grow old enough to make room.
    const at = this.idle.findLastIndex((sandbox) => sandbox.program === key);
    return at === -1 ? undefined : this.idle.splice(at, 1)[0];
  }

  private async afterRest(program: Program, clock: CallClock): Promise<Sandbox | undefined> {
    const key = programKey(program);
    const line = this.crews.get(key)?.line;
    let resting = 0;
    for (const sandbox of this.resting.keys()) if (sandbox.program === key) resting++;
    return line === undefined || resting <= line.length ? undefined : await line.wait(clock, REST_WAIT_MS);
  }

  private async fresh(program: Program, clock: CallClock): Promise<Sandbox | undefined> {
    if (clock.alarm !== undefined) return undefined;
    this.dropOtherVersions(program);
    const spare = await this.shelf(program.memoryMb).take(clock);
    // Once the call is on its way: ending a process takes a while.
    setImmediate(() => this.makeRoom());
    return spare;
  }

  private dropOtherVersions(program: Program): void {
    const key = programKey(program);
    for (const sandbox of [...this.idle, ...this.resting.keys()]) {
      const same = sandbox.env === program.env && sandbox.functionName === program.name;
      if (same && sandbox.program !== key) sandbox.spoiled ??= 'another version is served';
    }
    this.clean();
  }

  private makeRoom(): void {
    while (this.idle.length > 0 && this.busy.size + this.resting.size + this.idle.length > this.settings.slots) {
      this.close(this.idle.shift()!);
    }
  }

  /** A sandbox at rest goes to whoever waits for it, or among the idle, or away. */
  private settle(sandbox: Sandbox): void {
    const crew = this.crewOf(sandbox.program!);
    crew.took(sandbox.tookMs);
    if (sandbox.calls >= this.settings.maxCallsPerSandbox) sandbox.spoiled ??= 'it has served its calls';
    if (this.stopped || sandbox.spoiled !== undefined) return this.close(sandbox);
    if (crew.line.serve(sandbox)) return;
    this.idle.push(sandbox);
    this.makeRoom();
  }

  private clean(): void {
    for (const sandbox of this.idle.filter(({ spoiled }) => spoiled !== undefined)) this.close(sandbox);
  }

  private close(sandbox: Sandbox): void {
    this.forget(sandbox);
    this.dismiss(sandbox);
    const { spoiled } = sandbox;
    if (spoiled !== undefined) this.settings.log.debug({ function: sandbox.functionName, spoiled }, 'sandbox recycled');
    const end = sandbox.kill(spoiled !== undefined || sandbox.state !== 'idle').finally(() => this.ending.delete(end));
    this.ending.add(end);
  }

  private forget(sandbox: Sandbox): void {
    clearTimeout(this.resting.get(sandbox));
    this.resting.delete(sandbox);
    const at = this.idle.indexOf(sandbox);
    if (at !== -1) this.idle.splice(at, 1);
  }

  private crewOf(key: string): Crew {
    let crew = this.crews.get(key);
    if (crew === undefined) this.crews.set(key, (crew = new Crew()));
    return crew;
  }

  private dismiss(sandbox: Sandbox): void {
    const key = sandbox.program ?? '';
    const crew = this.crews.get(key);
    crew?.loses(sandbox);
    if (crew?.isGone) this.crews.delete(key);
  }

  private freeSlot(): void {
    if (!this.slotLine.serve(true)) this.slotsTaken--;
  }

  private shelf(memoryMb: number): SpareShelf {
    let shelf = this.shelves.get(memoryMb);
    if (shelf === undefined) {
      shelf = new SpareShelf(this.settings, (events) => this.launch(memoryMb, events));
      this.shelves.set(memoryMb, shelf);
    }
    return shelf;
  }

  private launch(memoryMb: number, shelf: Pick<SandboxEvents, 'onReady' | 'onDeath'>): Sandbox {
    return new Sandbox(this.launcher.launch(memoryMb), memoryMb, maxFrameBytes(this.settings), {
      onReady: (sandbox) => shelf.onReady(sandbox),
      onRest: (sandbox) => this.onRest(sandbox),
      onDeath: (sandbox, death) => {
        shelf.onDeath(sandbox, death);
        this.onDeath(sandbox, death);
      },
    });
  }

  private onRest(sandbox: Sandbox): void {
    // A busy one is settled when it is given back.
    if (this.busy.has(sandbox)) return;
    this.forget(sandbox);
    this.settle(sandbox);
  }

  /** By itself, while idle: nobody's call, but what it started may live on. */
  private onDeath(sandbox: Sandbox, death: Death): void {
    if (this.busy.has(sandbox) || sandbox.program === undefined) return;
    this.settings.log.debug({ function: sandbox.functionName, ...death }, 'an idle sandbox is gone');
    this.close(sandbox);
  }
}

/** The child keeps to the limits; what is larger is not a message of its. A character of output is 3 bytes at most. */
function maxFrameBytes({ maxResultBytes, maxLogBytes }: Settings): number {
  return maxResultBytes + 3 * maxLogBytes + FRAME_SLACK_BYTES;
}
