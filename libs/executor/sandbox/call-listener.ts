/** What a sandbox reports to the caller of its current call. */
import type { AnswerHead } from '../pipe/messages';
import type { Death } from './death';
import type { LogCapture } from './log-capture';

export interface CallListener {
  capture: LogCapture;
  /** No other call is before it any more: the function has it now. */
  onBegin(): void;
  /** It stood behind another call, and has not begun: it is for another sandbox. */
  onTakenBack(): void;
  onProgress(json: string): void;
  onAnswer(answer: AnswerHead, result: string): void;
  /** Instead of `onAnswer`, never after it. */
  onDeath(death: Death): void;
  /** After the answer: the function is still at work. */
  onLingers?(): void;
  /** After the answer: nothing of the call is at work any more, and no line comes. */
  onOver?(): void;
}
