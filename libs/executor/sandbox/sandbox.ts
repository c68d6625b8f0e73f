/** One isolated process, seen from our side. It takes one call at a time, of one version of one function in its life. */
import type { ChildProcess } from 'node:child_process';
import type { Program } from '@invoq/contract/function';
import { type Death, deathOf } from './death';
import { FrameFault } from '../pipe/frames';
import type { Launched } from './launch';
import { leftLine } from '../pipe/left-line';
import type { LogCapture } from './log-capture';
import { MemoryGauge } from '../processes/memory-watch';
import { JsonCheck } from '../pipe/json-text';
import {
  checkedAnswer,
  checkedLingers,
  checkedOutput,
  checkedProgress,
  checkedRest,
  maxMessageBytes,
  refusedAsTooDeep,
} from '../pipe/message-check';
import {
  Kind,
  MAX_RESULT_DEPTH,
  type AnswerHead,
  type CallHead,
  type LingersHead,
  type OutputHead,
  type ProgramHead,
  type RestHead,
} from '../pipe/messages';
import type { Settings } from '../options';
import { endStrays, hasDescendants, killGroup } from '../processes/process-group';
import { Wire } from '../pipe/wire';

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
  /** After the answer: the function is still at work. */
  onLingers?(): void;
  /** After the answer: nothing of the call is at work any more, and no line comes. */
  onOver?(): void;
}

export interface SandboxEvents {
  onReady(sandbox: Sandbox): void;
  /** It has answered and is as it was before the call, or `spoiled` says why it must not be used again. */
  onRest(sandbox: Sandbox): void;
  /** It has answered, and the function is still at work; `left` says on what. */
  onLingers(sandbox: Sandbox): void;
  onDeath(sandbox: Sandbox, death: Death): void;
  /** It is being ended for what it sent: a `FrameFault`, or an error of ours. */
  onFault(sandbox: Sandbox, fault: unknown): void;
}

export interface SandboxSettings extends Pick<Settings, 'keptOf'> {
  /** What first calls of a program replace or add each time; see `ways.ts`. */
  waysOf?(program: string): readonly string[] | undefined;
  /** Bytes. */
  maxResultBytes: number;
  maxLogBytes: number;
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
  /** What the function is at work on after its answer. */
  left: string | undefined;
  /** What its first call has replaced or added; see `ways.ts`. */
  changed: string[] | undefined;
  /** Of the last call, ms since the epoch. */
  deadline = 0;
  /** How long the last call kept the process, as the process itself saw it, ms. */
  tookMs = 0;
  /** What the runtime alone takes, bytes. */
  baseBytes = 0;
  gauge: MemoryGauge | undefined;

  private readonly process: ChildProcess;
  private readonly wire: Wire;
  private listener: CallListener | undefined;
  /** Of the call that is over but for what it has left at work. */
  private after: CallListener | undefined;
  private answeredAt = 0;
  private capture: LogCapture | undefined;
  private exit: Death | undefined;
  private killing: Promise<void> | undefined;
  private fault: string | undefined;
  /** A large result has come and is still looked at: it counts, even if the process dies meanwhile. */
  private isChecking = false;
  /** It left after an earlier call, and had said so, when the call at hand reached it. */
  private declined = false;
  /** It was at rest before its answer was passed on. */
  private rested = false;
  private onGone: (() => void) | undefined;

  constructor(
    private readonly launched: Launched,
    readonly memoryMb: number,
    private readonly settings: SandboxSettings,
    private readonly events: SandboxEvents,
  ) {
    this.process = launched.process;
    this.process.on('error', (cause) => {
      // Also raised when a signal could not be sent; only a process that never was has no pid.
      if (this.process.pid === undefined) this.exited({ outOfMemory: false, cause });
    });
    this.process.on('exit', (code, signal) => this.exited(deathOf(launched, code, signal)));
    this.wire = new Wire(launched.process, maxMessageBytes(settings.maxResultBytes, settings.maxLogBytes), {
      onMessage: (kind, head, body) => this.hear(kind, head, body),
      onText: (stream, text) => this.keep(stream, text),
      onFault: (fault) => this.fails(fault),
      onClosed: () => this.closed(),
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
    this.left = undefined;
    this.deadline = head.deadline;
    this.wire.send(Kind.call, first ? { ...head, program: this.programHead(program) } : head, data);
  }

  private programHead(program: Program): ProgramHead {
    const { name, env, contract, memoryMb, format, code, environment, handler } = program;
    const { file, texts } = this.settings.keptOf(program) ?? { file: program.file };
    const ways = this.settings.waysOf?.(programKey(program));
    const exportName = exportOf(handler);
    return { name, env, contract, memoryMb, file, format, code, environment, exportName, ways, texts };
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
    if (!strays) return;
    if (this.launched.cleared === undefined) await endStrays(this.launched.mark);
    else if (this.exit !== undefined) await this.launched.cleared;
  }

  /** A throw in here, of whatever kind, is the end of this sandbox and of nothing else: see `Wire`. */
  private hear(kind: Kind, head: unknown, body: string): void {
    switch (kind) {
      case Kind.ready:
        return this.ready();
      case Kind.output:
        return this.heardOutput(checkedOutput(head), body);
      case Kind.progress:
        return this.listener?.onProgress(checkedProgress(body));
      case Kind.answer:
        return this.heardAnswer(checkedAnswer(head, body), body);
      case Kind.lingers:
        return this.heardLingers(checkedLingers(head));
      case Kind.rest:
        return this.heardRest(checkedRest(head, body));
      default:
        throw new FrameFault(`a message of kind ${kind}`);
    }
  }

  private ready(): void {
    if (this.state !== 'starting') throw new FrameFault('a second word of its start');
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
    if (this.state !== 'busy' || listener === undefined) throw new FrameFault('an answer without a call');
    if (answer.outcome !== 'succeeded') return this.answers(listener, answer, result);
    if (Buffer.byteLength(result) > this.settings.maxResultBytes) throw new FrameFault('a result that is too large');
    this.verify(new JsonCheck(result, MAX_RESULT_DEPTH), listener, result);
  }

  /** A small result is looked through at once, a large one between what others want. */
  private verify(check: JsonCheck, listener: CallListener, result: string): void {
    const verdict = check.step();
    if (verdict === 'broken') throw new FrameFault('a result that is not JSON');
    this.isChecking = verdict === undefined;
    if (verdict !== undefined) {
      return this.answers(listener, verdict === 'deep' ? refusedAsTooDeep() : { outcome: 'succeeded' }, result);
    }
    setImmediate(() => {
      if (this.state !== 'busy' || this.listener !== listener) return;
      try {
        this.verify(check, listener, result);
      } catch (fault) {
        this.isChecking = false;
        this.fails(fault);
      }
      if (!this.isChecking) this.buried();
    });
  }

  private answers(listener: CallListener, answer: AnswerHead, result: string): void {
    this.listener = undefined;
    // What was written to the real pipes before the answer is read in this turn of the loop.
    setImmediate(() => {
      this.wire.endOfCall();
      listener.capture.answered();
      this.after = listener;
      this.answeredAt = Date.now();
      if (this.state === 'busy') this.state = this.rested ? 'idle' : 'resting';
      const { rested } = this;
      this.rested = false;
      if (rested) this.isOver();
      listener.onAnswer(answer, result);
      if (this.left !== undefined && !rested) this.lingers();
      if (rested && this.state === 'idle') this.events.onRest(this);
    });
  }

  private heardLingers({ left }: LingersHead): void {
    if (this.program === undefined) throw new FrameFault('work that is left before its first call');
    if (this.state === 'busy' && this.listener !== undefined && !this.isChecking) {
      throw new FrameFault('work that is left before an answer');
    }
    this.left = left;
    if (this.state === 'resting') this.lingers();
  }

  private lingers(): void {
    this.after?.onLingers?.();
    this.events.onLingers(this);
  }

  /** Its time is over, or its place is needed: what it has left is said in the call's log. End it then. */
  giveUp(): void {
    const left = this.left ?? 'something that did not pause';
    const at = Date.now();
    this.spoiled ??= `left ${left}`;
    this.capture?.write('console', 'stderr', 'warn', at, `${leftLine(left, at - this.answeredAt)}\n`);
    this.isOver();
  }

  /** Nothing more comes of the call that has answered. */
  private isOver(): void {
    const { after } = this;
    this.after = undefined;
    this.wire.endOfCall();
    this.capture?.flush();
    this.capture = undefined;
    after?.onOver?.();
  }

  private heardRest({ spoiled, changed, tookMs }: RestHead & { tookMs: number }): void {
    if (this.program === undefined) throw new FrameFault('a rest before its first call');
    this.tookMs = tookMs;
    this.spoiled ??= spoiled;
    this.changed ??= changed;
    if (this.state === 'busy') {
      if (this.listener === undefined || this.isChecking) this.rested = true;
      else this.declines();
      return;
    }
    if (this.state === 'resting') {
      this.state = 'idle';
      this.left = undefined;
      this.isOver();
    }
    if (this.state === 'idle') this.events.onRest(this);
  }

  /** It leaves: what nobody caught came after the answer of an earlier call. The call at hand is for another one. */
  private declines(): void {
    this.declined = true;
    void this.kill();
  }

  /** What it sent is wrong: it alone is ended, and the call that it had with it. */
  private fails(fault: unknown): void {
    this.fault ??= fault instanceof FrameFault ? fault.message : 'a message that its worker failed at';
    this.events.onFault(this, fault);
    void this.kill();
  }

  /** Its end of the pipe is closed: by its death, of which we hear any moment, or by user code. */
  private closed(): void {
    if (this.exit !== undefined || this.killing !== undefined) return this.buried();
    setTimeout(() => {
      if (this.exit === undefined) this.fails(new FrameFault('the end of its pipe'));
    }, LAST_WORDS_MS).unref();
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
    this.exit = { ...death, fault: this.fault };
    // Without a call there are no last words, and it must not be handed out any more.
    if (this.wire.closed || this.listener === undefined) this.buried();
    else setTimeout(() => this.wire.hangUp(), LAST_WORDS_MS).unref();
  }

  /** The process is gone and all it said is read. */
  private buried(): void {
    if (this.exit === undefined || this.state === 'dead' || this.isChecking) return;
    if (this.capture === undefined) this.die(this.exit);
    else setImmediate(() => this.die(this.exit!));
  }

  private die(death: Death): void {
    if (this.state === 'dead') return;
    this.state = 'dead';
    const { listener } = this;
    this.listener = undefined;
    this.isOver();
    this.gauge?.close();
    this.wire.close();
    this.onGone?.();
    listener?.onDeath(this.declined ? { ...death, declined: true } : death);
    this.events.onDeath(this, death);
  }
}

export function programKey(program: Program): string {
  return `${program.env}/${program.name}@${program.version}`;
}

/** `src/app.handler` → `handler` */
function exportOf(handler: string | undefined): string | undefined {
  return handler?.slice(handler.lastIndexOf('.') + 1);
}
