/** What a sandbox reports to the caller of its current call. */
import type { AnswerHead } from '../pipe/messages';
import type { Death } from './death';
import type { LogCapture } from './log-capture';

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
