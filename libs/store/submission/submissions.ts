/**
 * Plain calls on their way to be accepted, together: those of one function that come at about the same time are one command.
 */
import type { ScriptedRedis } from '../scripts/scripts';
import { kindOf, type Submission, type Submitted, submitsCall } from './submission';
import { Together } from '../scripts/together';

interface Plain {
  submission: Submission;
  isTicketed: boolean;
}

export class Submissions {
  private readonly together: Together<Plain, Submitted>;

  constructor(private readonly redis: ScriptedRedis) {
    this.together = new Together({
      send: (some) => this.send(some),
      lengthOf: ({ submission: { data, origin } }) => data.length + origin.length,
    });
  }

  /** `submission` is plain; see `isPlain`. */
  add(submission: Submission, isTicketed: boolean): Promise<Submitted> {
    return this.together.add(kindOf(submission, isTicketed), { submission, isTicketed });
  }

  private async send(some: Plain[]): Promise<Submitted[]> {
    const [{ isTicketed }] = some;
    const call = submitsCall(
      some.map(({ submission }) => submission),
      isTicketed,
    );
    const reply = (await this.redis.invoqSubmits(call)) as number[] | 1;
    if (reply === 1) return [{ kind: 'new', ticket: false }];
    const [tickets, depth, ...accepted] = reply;
    let left = tickets;
    return accepted.map((isIn): Submitted => {
      if (isIn !== 1) return { kind: 'full', depth };
      return { kind: 'new', ticket: left-- > 0 };
    });
  }
}
