/** Entry of a sandbox's process: up with nothing loaded, it takes the first function it is given, and serves it alone. */
import { Kind, type AnswerHead, type CallHead, type ProgramHead, type RestHead } from '../messages';
import {
  abortOf,
  AbortController,
  bare,
  clock,
  hasOwn,
  leaveAtOnce,
  parse,
  round,
  setImmediate as soon,
  setTimeout as later,
  unrefTimer,
} from '../primordials';
import { provideBaas } from './baas';
import { Channel } from './channel';
import type { Hooks } from './context';
import { Environment } from './environment';
import { invokeCloudbase, invokeMinapp, type Answer } from './handlers';
import { Leaks } from './leaks';
import { loadHandler } from './load';
import { lossesOf } from './lossy';
import { isMemoryRefusal } from './memory-refusal';
import { Output } from './output';
import { Progress } from './progress';
import { writeResult } from './result';
import { describeAtLoad } from './syntax-place';
import { describe, type Thrown } from './thrown';

/** What a service manager sends to every process of a unit, and a terminal to every process of a group. */
const MEANT_FOR_THE_WORKER = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** A stream or file that is being closed needs a moment; what is still at work after these waits is a leak. ms. */
const LEAK_WAITS = [2, 8, 30];

class Sandbox {
  private readonly channel = new Channel((kind, head, body) => this.hear(kind, head, body));
  private readonly output = new Output(this.channel);
  private readonly environment = new Environment();
  private readonly leaks = new Leaks();
  private program: ProgramHead | undefined;
  private handler: unknown;
  private call: RunningCall | undefined;
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
    try {
      invoke(this.handler, program, head, parse(data), call, answer);
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
      this.leaks.remember();
      return this.call === call;
    } catch (thrown) {
      this.spoiled = 'the code did not load';
      this.end(
        call,
        failure(thrown, (error) => describeAtLoad(error, program)),
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
    this.end(call, failure(thrown, describe));
  }

  /** Thrown or rejected where nobody waits for it: the end of the call at hand, and of this process after it. */
  private stray(thrown: unknown): void {
    this.spoiled ??= 'an error that nobody caught';
    if (this.call === undefined) return this.leave(this.spoiled);
    this.fail(this.call, thrown);
    this.channel.flush();
  }

  /**
   * What has returned is not at work any more: its answer is held for the rest of this turn of the loop, to go out
   * together with word of the process's rest. What called back goes on, maybe for good: its answer goes out at once.
   */
  private end(call: RunningCall, head: AnswerHead, result?: string): void {
    if (this.call !== call) return;
    call.end();
    this.call = undefined;
    this.output.end();
    this.tookUs = call.tookUs;
    this.channel.hold(Kind.answer, head.outcome === 'succeeded' ? undefined : head, result);
    if (head.outcome === 'outgrew') this.spoiled ??= 'memory was refused';
    // In the next turn what was closing is closed, and an unhandled rejection has shown itself.
    soon(() => this.look(0));
  }

  private look(waits: number): void {
    const reason = this.spoiled ?? this.leaks.find();
    if (reason === undefined || this.spoiled !== undefined || waits === LEAK_WAITS.length) return this.rest(reason);
    this.channel.flush();
    unrefTimer(later(() => this.look(waits + 1), LEAK_WAITS[waits]));
  }

  /** After its last answer: what Node or user code would print now belongs to no call. */
  private leave(spoiled: string): void {
    this.leaving = true;
    this.rest(spoiled);
    if (this.program !== undefined && this.channel.isEmpty) leaveAtOnce(1);
  }

  private rest(spoiled: string | undefined): void {
    const head: RestHead | undefined = spoiled === undefined ? undefined : bare({ spoiled });
    this.channel.send(Kind.rest, head, `${this.tookUs}`);
  }
}

/** One call, and what its context reaches for: made when it is asked for. */
class RunningCall implements Hooks {
  began = clock();
  private cancelled = false;
  private controller: AbortController | undefined;
  private reports: Progress | undefined;
  private over = false;

  constructor(
    readonly head: CallHead,
    private readonly environment: Environment,
    private readonly makeProgress: () => Progress,
  ) {}

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.cancelled) abortOf(this.controller);
    return this.controller.signal;
  }

  get timezone(): string | undefined {
    return this.environment.timezone;
  }

  get tookUs(): number {
    return round((clock() - this.began) * 1_000);
  }

  progress(value: unknown): void {
    if (this.over) return;
    this.reports ??= this.makeProgress();
    this.reports.report(value);
  }

  abort(): void {
    this.cancelled = true;
    if (this.controller !== undefined) abortOf(this.controller);
  }

  end(): void {
    this.over = true;
    this.reports?.end();
  }
}

function failure(thrown: unknown, describer: (thrown: unknown) => Thrown): AnswerHead {
  if (isMemoryRefusal(thrown)) return bare({ outcome: 'outgrew', message: describer(thrown).message });
  return bare({ outcome: 'failed', type: 'FUNCTION_ERROR', ...describer(thrown) });
}

new Sandbox().start();
