/** One isolated process, seen from our side. It takes one call at a time, of one version of one function in its life. */
import type { ChildProcess } from 'node:child_process';
import type { Program } from '@invoq/contract/function';
import { type Death, deathOf } from './death';
import { FrameFault } from './frames';
import type { Launched } from './launch';
import type { LogCapture } from './log-capture';
import { MemoryGauge } from './memory-watch';
import { Kind, type AnswerHead, type CallHead, type OutputHead, type ProgramHead, type RestHead } from './messages';
import { endStrays, hasDescendants, killGroup } from './process-group';
import { Wire } from './wire';

/** After the exit the pipe may still hold what was said last; so long is waited for its end, ms. */
const LAST_WORDS_MS = 100;
/** A killed process is gone in 2 ms; one that the kernel cannot end is not waited for longer than this. */
const KILL_MS = 1_000;

export interface CallListener {
  capture: LogCapture;
  onProgress(json: string): void;
  onAnswer(answer: AnswerHead, result: string): void;
  /** Instead of `onAnswer`, never after it. */
  onDeath(death: Death): void;
}

export interface SandboxEvents {
  onReady(sandbox: Sandbox): void;
  /** It has answered and is as it was before the call, or `spoiled` says why it must not be used again. */
  onRest(sandbox: Sandbox): void;
  onDeath(sandbox: Sandbox, death: Death): void;
}

export type SandboxState = 'starting' | 'idle' | 'busy' | 'resting' | 'dead';

export class Sandbox {
  state: SandboxState = 'starting';
  /** The version of the function it serves; undefined for a spare. */
  program: string | undefined;
  env: string | undefined;
  functionName: string | undefined;
  /** Why it is not to be used again. */
  spoiled: string | undefined;
  calls = 0;
  /** How long the last call kept the process, as the process itself saw it, ms. */
  tookMs = 0;
  /** What the runtime alone takes, bytes. */
  baseBytes = 0;
  gauge: MemoryGauge | undefined;

  private readonly process: ChildProcess;
  private readonly wire: Wire;
  private listener: CallListener | undefined;
  private capture: LogCapture | undefined;
  private exit: Death | undefined;
  private killing: Promise<void> | undefined;
  /** It was at rest before its answer was passed on. */
  private rested = false;
  private onGone: (() => void) | undefined;

  constructor(
    private readonly launched: Launched,
    readonly memoryMb: number,
    maxFrameBytes: number,
    private readonly events: SandboxEvents,
  ) {
    this.process = launched.process;
    this.process.on('error', (cause) => {
      // Also raised when a signal could not be sent; only a process that never was has no pid.
      if (this.process.pid === undefined) this.exited({ outOfMemory: false, cause });
    });
    this.process.on('exit', (code, signal) => this.exited(deathOf(launched, code, signal)));
    this.wire = new Wire(launched.process, maxFrameBytes, {
      onMessage: (kind, head, body) => this.hear(kind, head, body),
      onText: (stream, text) => this.keep(stream, text),
      onFault: () => void this.kill(),
      onClosed: () => this.buried(),
    });
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  /** The limit, as resident memory: the function's own and what the runtime takes, bytes. */
  get limitBytes(): number {
    return this.memoryMb * 1024 * 1024 + this.baseBytes;
  }

  /** `program` is what the sandbox serves from now on; it must be the same each time. */
  call(program: Program, head: CallHead, data: string, listener: CallListener): void {
    const first = this.program === undefined;
    this.program = programKey(program);
    this.env = program.env;
    this.functionName = program.name;
    this.state = 'busy';
    this.calls++;
    this.listener = listener;
    this.capture = listener.capture;
    this.wire.send(Kind.call, first ? { ...head, program: programHead(program) } : head, data);
  }

  /** Tells the function that its call is cancelled. */
  abort(): void {
    if (this.state === 'busy') this.wire.send(Kind.abort);
  }

  /**
   * Ends the process, its group and whatever of it lives elsewhere. `thorough: false` spares the search of the machine
   * when the process has no descendants: fit for one that is idle. Resolves when it is gone, or after `KILL_MS`.
   */
  kill(thorough = true): Promise<void> {
    this.killing ??= this.end(thorough);
    return this.killing;
  }

  private async end(thorough: boolean): Promise<void> {
    const { pid } = this.process;
    if (pid === undefined) return;
    const strays = thorough || hasDescendants(pid);
    killGroup(pid);
    if (this.state !== 'dead') {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, KILL_MS);
        this.onGone = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (strays) await endStrays(this.launched.mark);
  }

  private hear(kind: Kind, head: unknown, body: Buffer): void {
    switch (kind) {
      case Kind.ready:
        return this.ready();
      case Kind.output:
        return this.heardOutput(head as OutputHead, body.toString());
      case Kind.progress:
        return this.listener?.onProgress(body.toString());
      case Kind.answer:
        return this.heardAnswer((head as AnswerHead | undefined) ?? { outcome: 'succeeded' }, body.toString());
      case Kind.rest:
        return this.heardRest(head as RestHead | undefined, Number(body.toString()));
      default:
        throw new FrameFault(`a message of kind ${kind}`);
    }
  }

  private ready(): void {
    if (this.state !== 'starting') return;
    this.state = 'idle';
    this.gauge = new MemoryGauge(this.process.pid!);
    this.baseBytes = this.gauge.read() ?? 0;
    this.events.onReady(this);
  }

  private heardOutput({ at, level, stream, cut }: OutputHead, text: string): void {
    this.capture?.write('console', stream, level, at, text);
    if (cut) this.capture?.markCut(at);
  }

  private heardAnswer(answer: AnswerHead, result: string): void {
    const { listener } = this;
    if (this.state !== 'busy' || listener === undefined) return;
    this.listener = undefined;
    // What was written to the real pipes before the answer is read in this turn of the loop.
    setImmediate(() => {
      listener.capture.flush();
      this.capture = undefined;
      if (this.state === 'busy') this.state = this.rested ? 'idle' : 'resting';
      const { rested } = this;
      this.rested = false;
      listener.onAnswer(answer, result);
      if (rested && this.state === 'idle') this.events.onRest(this);
    });
  }

  private heardRest(head: RestHead | undefined, tookUs: number): void {
    this.tookMs = tookUs / 1_000;
    this.spoiled ??= head?.spoiled;
    if (this.state === 'busy') {
      this.rested = true;
      return;
    }
    if (this.state === 'resting') this.state = 'idle';
    if (this.state === 'idle') this.events.onRest(this);
  }

  /** Output by other ways than ours has no level of its own; between calls it belongs to nobody. */
  private keep(stream: 'stdout' | 'stderr', text: string): boolean {
    const { capture } = this;
    if (capture === undefined || capture.cut) return false;
    capture.write('pipe', stream, stream === 'stdout' ? 'info' : 'error', Date.now(), text);
    return true;
  }

  private exited(death: Death): void {
    if (this.exit !== undefined) return;
    this.exit = death;
    // Without a call there are no last words, and it must not be handed out any more.
    if (this.wire.closed || this.listener === undefined) this.buried();
    else setTimeout(() => this.wire.hangUp(), LAST_WORDS_MS).unref();
  }

  /** The process is gone and all it said is read. */
  private buried(): void {
    if (this.exit === undefined || this.state === 'dead') return;
    if (this.capture === undefined) this.die(this.exit);
    else setImmediate(() => this.die(this.exit!));
  }

  private die(death: Death): void {
    if (this.state === 'dead') return;
    this.state = 'dead';
    const { listener } = this;
    this.listener = undefined;
    this.capture?.flush();
    this.capture = undefined;
    this.gauge?.close();
    this.wire.close();
    this.onGone?.();
    listener?.onDeath(death);
    this.events.onDeath(this, death);
  }
}

export function programKey(program: Program): string {
  return `${program.env}/${program.name}@${program.version}`;
}

function programHead(program: Program): ProgramHead {
  const { name, env, contract, memoryMb, file, format, code, environment } = program;
  return { name, env, contract, memoryMb, file, format, code, environment };
}
