/** Entry of a sandbox's process: up with nothing loaded, it takes the first function it is given, and serves it alone. */
import { createRequire } from 'node:module';
import {
  Kind,
  MAX_REASON,
  type AnswerHead,
  type CallHead,
  type LingersHead,
  type ProgramHead,
  type RestHead,
} from '../pipe/messages';
import {
  bare,
  clock,
  hasOwn,
  leaveAtOnce,
  max,
  min,
  nextTick,
  now,
  parse,
  setImmediate as soon,
  setTimeout as later,
  unrefTimer,
} from '../pipe/primordials';
import { AsItWas, isWay, listOf } from './as-it-was';
import { provideBaas } from './baas';
import { Channel } from './channel';
import { cut } from './cut';
import { Environment } from './environment';
import { invokeCloudbase, invokeMinapp, type Answer } from './handlers';
import { leftLine } from '../pipe/left-line';
import { Late } from './late';
import { Leaks } from './leaks';
import { loadHandler } from './load';
import { OpenTelemetry } from './open-telemetry';
import { lossesOf } from './lossy';
import { Output } from './output';
import { Progress } from './progress';
import { writeResult } from './result';
import { RunningCall } from './running-call';
import { describeAtLoad } from './syntax-place';
import { describe, failureOf } from './thrown';

/** What a service manager sends to every process of a unit, and a terminal to every process of a group. */
const MEANT_FOR_THE_WORKER = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** A stream or file that is being closed needs a moment; what is still at work after these waits is left, ms. */
const MOMENTS = [2, 8, 30];
/** From then on it is looked each so many ms. */
const CHECK_MS = 50;
/** Before its limit, so that the worker learns what was left, ms. */
const WORD_MS = 20;

class Sandbox {
  private readonly channel = new Channel((kind, head, body) => this.hear(kind, head, body));
  private readonly output = new Output(this.channel, () => this.late.isLate);
  private readonly environment = new Environment();
  private readonly leaks = new Leaks(() => this.blameEarlier());
  private readonly asItWas = new AsItWas();
  private readonly late = new Late(
    () => this.begun,
    (thrown) => this.strayLate(thrown),
  );
  private program: ProgramHead | undefined;
  private handler: unknown;
  /** When the code uses it. */
  private openTelemetry: OpenTelemetry | undefined;
  private call: RunningCall | undefined;
  /** The call at hand, or the one before, which may be at work still. */
  private begun: RunningCall | undefined;
  private isFirst = true;
  /** In this very tick an idle connection of an earlier call tells of an error. */
  private isEarlier = false;
  private spoiled: string | undefined;
  private leaving = false;
  /** Of the last call, µs. */
  private tookUs = 0;

  start(): void {
    // The worker drains: the call goes on. A listener of the function's own is called as well.
    for (const signal of MEANT_FOR_THE_WORKER) process.on(signal, () => undefined);
    process.on('uncaughtException', (thrown) => this.stray(thrown));
    process.on('unhandledRejection', (reason) => this.stray(reason));
    this.channel.send(Kind.ready);
  }

  private hear(kind: number, head: unknown, body: string): void {
    if (kind === Kind.call) void this.take(head as CallHead, body);
    else if (kind === Kind.abort) this.call?.abort();
  }

  private async take(head: CallHead, data: string): Promise<void> {
    // The worker gives it to another one.
    if (this.leaving) return;
    const call = new RunningCall(head, this.environment, () => new Progress(this.channel, this.output));
    this.call = call;
    this.output.begin(head.maxLogBytes);
    // Not what user code may have made every object have.
    if (hasOwn(head, 'program') && head.program) {
      this.environment.load(head.program.environment);
      this.environment.begin(head.environment);
      if (!(await this.load(head.program, call))) return;
      if (hasOwn(head, 'loadOnly')) return this.end(call, { outcome: 'succeeded' }, 'null');
    } else this.environment.begin(head.environment);
    const program = this.program!;
    const invoke = program.contract === 'minapp' ? invokeMinapp : invokeCloudbase;
    const answer: Answer = {
      value: (value) => this.succeed(call, value),
      error: (thrown) => this.fail(call, thrown),
      callback: (error, result) => {
        if (error === undefined || error === null) this.succeed(call, result);
        else this.fail(call, error);
        this.channel.flush();
      },
    };
    call.began = clock();
    this.begun = call;
    try {
      const { openTelemetry, handler } = this;
      const event: unknown = parse(data);
      if (openTelemetry === undefined || !hasOwn(head.environment, 'TRACEPARENT'))
        invoke(handler, program, head, event, call, answer);
      else openTelemetry.run(head.environment, () => invoke(handler, program, head, event, call, answer));
    } catch (thrown) {
      this.fail(call, thrown);
    }
  }

  private async load(program: ProgramHead, call: RunningCall): Promise<boolean> {
    this.program = program;
    process.title = `invoq ${program.env}/${program.name}`;
    try {
      if (program.contract === 'minapp') provideBaas();
      this.handler = await loadHandler(program);
      this.openTelemetry = OpenTelemetry.find(createRequire(program.file).cache);
      this.leaks.remember();
      this.asItWas.remember();
      return this.call === call;
    } catch (thrown) {
      this.spoiled = 'the code did not load';
      this.end(
        call,
        failureOf(thrown, (error) => describeAtLoad(error, program)),
      );
      return false;
    }
  }

  private succeed(call: RunningCall, value: unknown): void {
    if (this.call !== call) return;
    const written = writeResult(value, call.head.maxResultBytes);
    if ('json' in written) {
      this.warnOfLosses(value, written.json);
      this.end(call, { outcome: 'succeeded' }, written.json);
    } else this.end(call, written.refused);
  }

  private warnOfLosses(value: unknown, json: string): void {
    if (typeof value !== 'object' && typeof value !== 'number') return;
    const losses = lossesOf(value, json);
    for (let i = 0; i < losses.length; i++) this.output.warn(losses[i]);
  }

  private fail(call: RunningCall, thrown: unknown): void {
    this.end(call, failureOf(thrown, describe));
  }

  /** Thrown or rejected where nobody waits for it: the end of the call at hand, and of this process after it. */
  private stray(thrown: unknown): void {
    if (this.isEarlier || this.late.isLate) return this.strayLate(thrown);
    this.spoiled ??= 'an error that nobody caught';
    if (this.call === undefined) {
      // It goes to the log of the call that is still at work; after that it belongs to no call.
      this.output.warn(`an error that nobody caught, after the answer: ${describe(thrown).message}`);
      return this.leave(this.spoiled);
    }
    this.fail(this.call, thrown);
    this.channel.flush();
  }

  private blameEarlier(): void {
    this.isEarlier = true;
    nextTick(() => {
      this.isEarlier = false;
    });
  }

  /** It comes of an earlier call: the call at hand has nothing to do with it, but the process is used up. */
  private strayLate(thrown: unknown): void {
    this.spoiled ??= cut(`an earlier call threw after its answer: ${describe(thrown).message}`, MAX_REASON);
  }

  /**
   * What has returned is not at work any more: its answer is held for the rest of this turn of the loop, to go out
   * together with word of the process's rest. What called back goes on, maybe for good: its answer goes out at once.
   */
  private end(call: RunningCall, head: AnswerHead, result?: string): void {
    if (this.call !== call) return;
    call.end();
    this.call = undefined;
    this.output.answered();
    this.tookUs = call.tookUs;
    call.hasFailed = head.outcome !== 'succeeded';
    this.channel.hold(Kind.answer, call.hasFailed ? head : undefined, result);
    if (head.outcome === 'outgrew') this.spoiled ??= 'memory was refused';
    // In the next turn what was closing is closed, and an unhandled rejection has shown itself.
    soon(() => this.checkForWork(call, 0, ''));
  }

  /** `reported`: what the worker knows to be at work. */
  private checkForWork(call: RunningCall, checks: number, reported: string): void {
    if (this.leaving) return;
    const left = this.spoiled === undefined ? this.leaks.find() : undefined;
    if (left === undefined) return this.settle(call, checks > 0);
    const isMoment = checks < MOMENTS.length;
    if (!isMoment && now() >= call.worksUntil - WORD_MS) return this.giveUp(call, left);
    // At once: what the function has begun may need the right to call others already.
    if (left !== reported) this.channel.send(Kind.lingers, bare<LingersHead>({ left: cut(left, MAX_REASON) }));
    const wait = isMoment ? MOMENTS[checks] : max(1, min(CHECK_MS, call.worksUntil - WORD_MS - now()));
    unrefTimer(later(() => this.checkForWork(call, checks + 1, left), wait));
  }

  /** Nothing is at work any more. */
  private settle(call: RunningCall, isOdd: boolean): void {
    this.output.end();
    if (this.spoiled !== undefined) return this.rest(this.spoiled);
    const changed = this.asItWas.find(isOdd || call.hasFailed);
    const wasFirst = this.isFirst;
    this.isFirst = false;
    if (changed === undefined) return this.rest(undefined);
    if (wasFirst && isWay(changed, this.program!.ways)) {
      this.asItWas.accept();
      return this.rest(undefined);
    }
    this.rest(cut(`changed ${listOf(changed)}`, MAX_REASON), wasFirst ? changed : undefined);
  }

  /** Its time is over, and it is still at work. */
  private giveUp(call: RunningCall, left: string): void {
    this.output.warn(leftLine(left, now() - call.answeredAt));
    this.output.end();
    this.rest(cut(`left ${left}`, MAX_REASON));
  }

  /** After its last answer: what Node or user code would print now belongs to no call. */
  private leave(spoiled: string): void {
    this.leaving = true;
    this.rest(spoiled);
    if (this.program !== undefined && this.channel.isEmpty) leaveAtOnce(1);
  }

  private rest(spoiled: string | undefined, changed?: string[]): void {
    const head: RestHead | undefined = spoiled === undefined ? undefined : bare({ spoiled, changed });
    this.channel.send(Kind.rest, head, `${this.tookUs}`);
  }
}

new Sandbox().start();
