/** Looks through a result: a small one at once, a large one between what others want. */
import { FrameError } from '../pipe/frames';
import { JsonCheck } from '../pipe/json-text';
import { refusedAsTooDeep } from '../pipe/message-check';
import { type AnswerHead, MAX_RESULT_DEPTH } from '../pipe/messages';

export interface ResultCheckEvents {
  /** Whether anybody still wants to know. */
  isWanted(): boolean;
  onAnswer(answer: AnswerHead): void;
  /** It went on for a while, and is no JSON. */
  onError(fault: unknown): void;
  /** It went on for a while, and is over. */
  onOver(): void;
}

export class ResultCheck {
  /** It goes on: the result counts, even if its process dies meanwhile. */
  isUnderWay = false;

  /** Throws when it sees at once that it is no JSON. */
  begin(result: string, events: ResultCheckEvents): void {
    this.goOn(new JsonCheck(result, MAX_RESULT_DEPTH), events);
  }

  private goOn(check: JsonCheck, events: ResultCheckEvents): void {
    const verdict = check.step();
    if (verdict === 'broken') throw new FrameError('a result that is not JSON');
    this.isUnderWay = verdict === undefined;
    if (verdict !== undefined) {
      return events.onAnswer(verdict === 'deep' ? refusedAsTooDeep() : { outcome: 'succeeded' });
    }
    setImmediate(() => {
      if (!events.isWanted()) return;
      try {
        this.goOn(check, events);
      } catch (fault) {
        this.isUnderWay = false;
        events.onError(fault);
      }
      if (!this.isUnderWay) events.onOver();
    });
  }
}
