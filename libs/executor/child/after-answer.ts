/**
 * What comes after an answer: waits until nothing of the call is at work any more, finds what the call has changed, and
 * says that the process rests, or why it must not be used again.
 */
import { leftLine } from '../pipe/left-line';
import { Kind, MAX_REASON, type LingersHead, type ProgramHead, type RestHead } from '../pipe/messages';
import {
  bare,
  leaveAtOnce,
  max,
  min,
  now,
  setImmediate as soon,
  setTimeout as later,
  unrefTimer,
} from '../pipe/primordials';
import { type AsItWas, isWay, listOf } from './as-it-was';
import type { Channel } from './channel';
import { cut } from './cut';
import type { Leaks } from './leaks';
import type { Output } from './output';
import type { RunningCall } from './running-call';

/** A stream or file that is being closed needs a moment; what is still at work after these waits is left, ms. */
const MOMENTS = [2, 8, 30];
/** Between two checks from then on, ms. */
const CHECK_MS = 50;
/** Before its limit, so that the worker learns what was left, ms. */
const WORD_MS = 20;

export class AfterAnswer {
  /** Why the process must not be used again. */
  spoiled: string | undefined;
  /** It takes no more calls. */
  leaving = false;
  private program: ProgramHead | undefined;
  private isFirst = true;
  /** Of the last call, µs. */
  private tookUs = 0;

  constructor(
    private readonly channel: Channel,
    private readonly output: Output,
    private readonly leaks: Leaks,
    private readonly asItWas: AsItWas,
    /** The process is as it was before the call. */
    private readonly onRest: () => void,
  ) {}

  /** The process has a program from now on. */
  serves(program: ProgramHead): void {
    this.program = program;
  }

  begin(call: RunningCall): void {
    this.tookUs = call.tookUs;
    // In the next turn what was closing is closed, and an unhandled rejection has shown itself.
    soon(() => this.checkForWork(call, 0, ''));
  }

  /** After its last answer: what Node or user code would print now belongs to no call. */
  leave(spoiled: string): void {
    this.leaving = true;
    this.rest(spoiled);
    if (this.program !== undefined && this.channel.isEmpty) leaveAtOnce(1);
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
    // What is looked at after a first call takes 1 ms: nobody waits for it.
    if (this.isFirst) this.channel.flush();
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

  private rest(spoiled: string | undefined, changed?: string[]): void {
    const head: RestHead | undefined = spoiled === undefined ? undefined : bare({ spoiled, changed });
    this.channel.send(Kind.rest, head, `${this.tookUs}`);
    if (head === undefined) this.onRest();
  }
}
