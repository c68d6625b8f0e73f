/** Entry of a sandbox's process: up with nothing loaded, it takes the first function it is given, and serves it alone. */
import { createRequire } from 'node:module';
import type { ReceivedHead } from '../pipe/call-head';
import { Kind, MAX_REASON, type AbortHead, type AnswerHead, type ProgramHead } from '../pipe/messages';
import { clock, nextTick, parse } from '../pipe/primordials';
import { AfterAnswer } from './after-answer';
import { AsItWas } from './as-it-was';
import { provideBaas } from './baas';
import { CallQueue, type QueuedCall } from './call-queue';
import { Channel } from './channel';
import { cut } from './cut';
import { Environment } from './environment';
import { invokeCloudbase, invokeMinapp, type Answer } from './handlers';
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
import { warmUp } from './warm-up';

/** What a service manager sends to every process of a unit, and a terminal to every process of a group. */
const MEANT_FOR_THE_WORKER = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

class Sandbox {
  private readonly channel = new Channel((kind, head, body) => this.hear(kind, head, body));
  private readonly output = new Output(this.channel, () => this.late.isLate);
  private readonly environment = new Environment();
  private readonly leaks = new Leaks(() => this.blameEarlier());
  private readonly asItWas = new AsItWas();
  private readonly queue = new CallQueue();
  private readonly after = new AfterAnswer(this.channel, this.output, this.leaks, this.asItWas, () => this.rests());
  private readonly late = new Late(
    () => this.begun,
    (thrown) => this.strayLate(thrown),
  );
  private program: ProgramHead | undefined;
  private handler: unknown;
  /** When the code uses it. */
  private openTelemetry: OpenTelemetry | undefined;
  private call: RunningCall | undefined;
  /** Neither a call nor what one has left is at work. */
  private isAtRest = true;
  /** The call at hand, or the one before, which may be at work still. */
  private begun: RunningCall | undefined;
  /** In this very tick an idle connection of an earlier call tells of an error. */
  private isEarlier = false;

  async start(): Promise<void> {
    // The worker drains: the call goes on. A listener of the function's own is called as well.
    for (const signal of MEANT_FOR_THE_WORKER) process.on(signal, () => undefined);
    process.on('uncaughtException', (thrown) => this.stray(thrown));
    process.on('unhandledRejection', (reason) => this.stray(reason));
    await warmUp(this.asItWas, this.leaks);
    this.channel.send(Kind.ready);
  }

  private hear(kind: number, head: unknown, body: string): void {
    if (kind === Kind.call) {
      void this.takeInTurn(this.queue.add(head as ReceivedHead, body));
      if (this.isAtRest) this.begins();
    } else if (kind === Kind.abort && this.call?.head.requestID === (head as AbortHead).requestID) this.call.abort();
  }

  private rests(): void {
    this.isAtRest = true;
    this.begins();
  }

  private begins(): void {
    const next = this.queue.take();
    if (next === undefined) return;
    this.isAtRest = false;
    next.begin();
  }

  /** In the context of its arrival: what an earlier call keeps in an `AsyncLocalStorage` is not there. */
  private async takeInTurn({ turn, head, data }: QueuedCall): Promise<void> {
    await turn;
    await this.take(head, data);
  }

  private async take(head: ReceivedHead, data: string): Promise<void> {
    // The worker gives it to another one.
    if (this.after.leaving) return;
    const call = new RunningCall(head, this.environment, () => new Progress(this.channel, this.output));
    this.call = call;
    this.output.begin(head.maxLogBytes);
    if (head.program !== undefined) this.environment.load(head.program.environment);
    this.environment.begin(head);
    if (head.program !== undefined) {
      if (!(await this.load(head.program, call))) return;
      if (head.loadOnly) return this.end(call, { outcome: 'succeeded' }, 'null');
    }
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
      if (openTelemetry === undefined || head.variable('TRACEPARENT') === undefined)
        invoke(handler, program, head, event, call, answer);
      else openTelemetry.run(head.environment, () => invoke(handler, program, head, event, call, answer));
    } catch (thrown) {
      this.fail(call, thrown);
    }
  }

  private async load(program: ProgramHead, call: RunningCall): Promise<boolean> {
    this.program = program;
    this.after.serves(program);
    process.title = `invoq ${program.env}/${program.name}`;
    try {
      if (program.contract === 'minapp') provideBaas();
      this.handler = await loadHandler(program);
      this.openTelemetry = OpenTelemetry.find(createRequire(program.file).cache);
      this.leaks.remember();
      this.asItWas.remember();
      return this.call === call;
    } catch (thrown) {
      this.after.spoiled = 'the code did not load';
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
    this.after.spoiled ??= 'an error that nobody caught';
    if (this.call === undefined) {
      // It goes to the log of the call that is still at work; after that it belongs to no call.
      this.output.warn(`an error that nobody caught, after the answer: ${describe(thrown).message}`);
      return this.after.leave(this.after.spoiled);
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
    this.after.spoiled ??= cut(`an earlier call threw after its answer: ${describe(thrown).message}`, MAX_REASON);
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
    call.hasFailed = head.outcome !== 'succeeded';
    this.channel.hold(Kind.answer, call.hasFailed ? head : undefined, result);
    if (head.outcome === 'outgrew') this.after.spoiled ??= 'memory was refused';
    this.after.begin(call);
  }
}

void new Sandbox().start();
