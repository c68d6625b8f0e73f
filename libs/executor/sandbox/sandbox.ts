/**
 * One isolated process, seen from our side. It runs one call at a time, of one version of one function in its life. Further calls
 * may stand behind the one at hand; see `pipelined.ts`.
 */
import type { Program } from '@invoq/contract/function';
import { writeCallHead } from '../pipe/call-head';
import { FrameError } from '../pipe/frames';
import {
  checkedAnswer,
  checkedLingers,
  checkedOutput,
  checkedProgress,
  checkedRest,
  maxMessageBytes,
} from '../pipe/message-check';
import {
  Kind,
  type AbortHead,
  type AnswerHead,
  type CallHead,
  type LingersHead,
  type RestHead,
} from '../pipe/messages';
import { Wire } from '../pipe/wire';
import { MemoryGauge } from '../processes/memory-gauge';
import { CallOutput } from './call-output';
import type { CallListener } from './call-listener';
import type { Death } from './death';
import type { Launched } from './launch';
import { HeldMessages } from './held-messages';
import { LastWords } from './last-words';
import { Pipelined } from './pipelined';
import { programHead, programKey, type ProgramSettings } from './program-head';
import { ResultCheck } from './result-check';
import { SandboxProcess } from './sandbox-process';

export interface SandboxEvents {
  onReady(sandbox: Sandbox): void;
  /** One call is over, and the one behind it has begun. */
  onNext(sandbox: Sandbox): void;
  /** It has answered and is as it was before the call, or `spoiled` says why it must not be used again. */
  onRest(sandbox: Sandbox): void;
  /** It has answered, and the function is still at work; `left` says on what. */
  onLingers(sandbox: Sandbox): void;
  onDeath(sandbox: Sandbox, death: Death): void;
  /** It is being ended for what it sent: a `FrameError`, or an error of ours. */
  onError(sandbox: Sandbox, fault: unknown): void;
}

export interface SandboxSettings extends ProgramSettings {
  /** Bytes. */
  maxResultBytes: number;
  maxLogBytes: number;
}

/** `resting`: it has answered, and has not said yet that it is as it was before. */
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

  private readonly process: SandboxProcess;
  private readonly wire: Wire;
  private listener: CallListener | undefined;
  /** Of the call that is over but for what it has left at work. */
  private after: CallListener | undefined;
  private answeredAt = 0;
  private readonly output = new CallOutput();
  private readonly check = new ResultCheck();
  private readonly pipelined: Pipelined;
  private readonly held = new HeldMessages();
  private readonly lastWords: LastWords;
  /** It left after an earlier call, and had said so, when the call at hand reached it. */
  private declined = false;
  /** It was at rest before its answer was passed on. */
  private rested = false;

  constructor(
    launched: Launched,
    readonly memoryMb: number,
    private readonly settings: SandboxSettings,
    private readonly events: SandboxEvents,
  ) {
    this.pipelined = new Pipelined(launched.tokens, (head, data) =>
      this.wire.send(Kind.call, writeCallHead(head), data),
    );
    this.process = new SandboxProcess(launched, (death) => this.lastWords.exited(death));
    this.wire = new Wire(launched.process, maxMessageBytes(settings.maxResultBytes, settings.maxLogBytes), {
      onMessage: (kind, head, body) => this.hear(kind, head, body),
      onText: (stream, text) => this.output.writeRaw(stream, text),
      onError: (fault) => this.lastWords.fails(fault),
      onClosed: () => this.lastWords.closed(),
    });
    this.lastWords = new LastWords(this.process, this.wire, {
      isCalled: () => this.listener !== undefined || this.pipelined.length > 0,
      isChecked: () => this.check.isUnderWay,
      onError: (fault) => events.onError(this, fault),
      onDeath: (death) => this.diesSoon(death),
    });
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  /** The limit, as resident memory: the function's own and what the runtime takes, bytes. */
  get limitBytes(): number {
    return this.memoryMb * 1024 * 1024 + this.baseBytes;
  }

  /**
   * `program` is what the sandbox serves from now on; it must be the same each time. While another call is at work in it, this
   * one stands behind that, or is taken back at once.
   */
  call(program: Program, head: CallHead, data: string, listener: CallListener): void {
    if (this.state !== 'idle') return this.pipeline(head, data, listener);
    const first = this.program === undefined;
    this.program = programKey(program);
    this.env = program.env;
    this.functionName = program.name;
    this.calls++;
    const whole = first ? { ...head, program: programHead(program, this.settings) } : head;
    this.wire.send(Kind.call, writeCallHead(whole), data);
    this.pipelined.begins();
    this.begin(listener, head.deadline);
  }

  /** May a call stand behind the one that it has, or will be given? What is printed past our pipe must be of one call alone. */
  get takesMore(): boolean {
    if (this.state !== 'busy' && this.state !== 'idle') return false;
    return this.calls > 0 && this.spoiled === undefined && this.left === undefined && !this.output.hasRaw;
  }

  /** The calls that have not begun are for other sandboxes. */
  takeBack(): void {
    this.pipelined.takeBack();
  }

  /** Tells the function that its call is cancelled. */
  abort(requestID: string): void {
    if (this.state === 'busy') this.wire.send(Kind.abort, { requestID } satisfies AbortHead);
  }

  private pipeline(head: CallHead, data: string, listener: CallListener): void {
    const token = this.takesMore ? this.pipelined.add(head, data, listener) : undefined;
    if (token === undefined) return listener.onTakenBack();
    this.calls++;
    this.wire.send(Kind.call, writeCallHead(head, token), data);
  }

  private begin(listener: CallListener, deadline: number): void {
    this.state = 'busy';
    this.listener = listener;
    this.output.begin(listener.capture);
    this.left = undefined;
    this.deadline = deadline;
    listener.onBegin();
  }

  /** See `SandboxProcess.kill`. */
  kill(thorough = true): Promise<void> {
    return this.process.kill(thorough);
  }

  /** A throw in here, of whatever kind, is the end of this sandbox and of nothing else: see `Wire`. */
  private hear(kind: Kind, head: unknown, body: string): void {
    if (this.isOfNext) return this.held.hold(kind, head, body);
    switch (kind) {
      case Kind.ready:
        return this.ready();
      case Kind.output:
        return this.output.write(checkedOutput(head), body);
      case Kind.progress:
        return this.listener?.onProgress(checkedProgress(body));
      case Kind.answer:
        return this.onAnswer(checkedAnswer(head, body), body);
      case Kind.lingers:
        return this.onLingers(checkedLingers(head));
      case Kind.rest:
        return this.onRest(checkedRest(head, body));
      default:
        throw new FrameError(`a message of kind ${kind}`);
    }
  }

  /** The call at hand is not passed on yet, and what comes now is of the one behind it. */
  private get isOfNext(): boolean {
    if (!this.held.isEmpty) return true;
    return this.state === 'busy' && this.rested && (this.listener === undefined || this.check.isUnderWay);
  }

  private ready(): void {
    if (this.state !== 'starting') throw new FrameError('a second word of its start');
    this.state = 'idle';
    this.gauge = new MemoryGauge(this.process.pid!);
    this.baseBytes = this.gauge.read() ?? 0;
    this.events.onReady(this);
  }

  private onAnswer(answer: AnswerHead, result: string): void {
    const { listener } = this;
    if (this.state !== 'busy' || listener === undefined) throw new FrameError('an answer without a call');
    if (answer.outcome !== 'succeeded') return this.answers(listener, answer, result);
    if (Buffer.byteLength(result) > this.settings.maxResultBytes) throw new FrameError('a result that is too large');
    this.check.begin(result, {
      isWanted: () => this.state === 'busy' && this.listener === listener,
      onAnswer: (verdict) => this.answers(listener, verdict, result),
      onError: (fault) => this.lastWords.fails(fault),
      onOver: () => this.lastWords.complete(),
    });
  }

  private answers(listener: CallListener, answer: AnswerHead, result: string): void {
    this.listener = undefined;
    if (this.pipelined.length > 0) return this.passOn(listener, answer, result);
    // What was written to the real pipes before the answer is read in this turn of the loop.
    setImmediate(() => this.passOn(listener, answer, result));
  }

  private passOn(listener: CallListener, answer: AnswerHead, result: string): void {
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
    if (rested && this.state === 'idle') this.goesOn();
    if (!this.held.isEmpty) this.hearHeld();
  }

  private hearHeld(): void {
    try {
      this.held.release((kind, head, body) => this.hear(kind, head, body));
    } catch (fault) {
      this.lastWords.fails(fault);
    }
  }

  /** It is at rest: the call behind the one that is over begins. */
  private goesOn(): void {
    const next = this.pipelined.next();
    if (next === undefined) return this.events.onRest(this);
    this.begin(next.listener, next.head.deadline);
    this.events.onNext(this);
  }

  private onLingers({ left }: LingersHead): void {
    if (this.program === undefined) throw new FrameError('work that is left before its first call');
    if (this.state === 'busy' && this.listener !== undefined && !this.check.isUnderWay) {
      throw new FrameError('work that is left before an answer');
    }
    this.left = left;
    if (this.state === 'resting') this.lingers();
  }

  private lingers(): void {
    this.takeBack();
    this.after?.onLingers?.();
    this.events.onLingers(this);
  }

  /** Its time is over, or its place is needed: what it has left is noted in the call's log. End it then. */
  giveUp(): void {
    const left = this.left ?? 'something that did not pause';
    const at = Date.now();
    this.spoiled ??= `left ${left}`;
    this.output.writeLeft(left, at, at - this.answeredAt);
    this.isOver();
  }

  /** Nothing more comes of the call that has answered. */
  private isOver(): void {
    const { after } = this;
    this.after = undefined;
    this.wire.endOfCall();
    this.output.end();
    after?.onOver?.();
  }

  private onRest({ spoiled, changed, tookMs }: RestHead & { tookMs: number }): void {
    if (this.program === undefined) throw new FrameError('a rest before its first call');
    this.tookMs = tookMs;
    this.spoiled ??= spoiled;
    this.changed ??= changed;
    // It leaves, and begins none of those behind.
    if (spoiled !== undefined) this.takeBack();
    if (this.state === 'busy') {
      if (this.listener === undefined || this.check.isUnderWay) this.rested = true;
      else this.declines();
      return;
    }
    if (this.state === 'resting') {
      this.state = 'idle';
      this.left = undefined;
      this.isOver();
    }
    if (this.state === 'idle') this.goesOn();
  }

  /** It leaves: what nobody caught came after the answer of an earlier call. The call at hand is for another one. */
  private declines(): void {
    this.declined = true;
    void this.kill();
  }

  /** What came over the real pipes is read first. */
  private diesSoon(death: Death): void {
    if (this.output.isKept) setImmediate(() => this.die(death));
    else this.die(death);
  }

  private die(death: Death): void {
    if (this.state === 'dead') return;
    this.state = 'dead';
    const { listener } = this;
    this.listener = undefined;
    this.isOver();
    this.gauge?.close();
    this.wire.close();
    this.process.bury();
    const { begun, hasBegun } = this.pipelined.close();
    if (hasBegun) listener?.onDeath(this.declined ? { ...death, declined: true } : death);
    else listener?.onTakenBack();
    for (const each of begun) each.listener.onDeath(death);
    this.events.onDeath(this, death);
  }
}
