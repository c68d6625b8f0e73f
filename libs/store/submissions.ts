/**
 * Plain calls on their way to be accepted, together: those of one function that come at about the same time are one command.
 */
import type { Format } from '@invoq/policy/format';
import type { ScriptedRedis } from './scripts';
import { kindOf, plainArgs, plainKeys, type Submission, type Submitted } from './submission';
import { Together } from './together';

/** Commands of one kind of call on their way at a time. */
const MAX_ON_THE_WAY = 2;

export class Submissions {
  private readonly kinds = new Map<string, Together<Submission, Submitted>>();

  constructor(
    private readonly redis: ScriptedRedis,
    private readonly format: () => Format,
  ) {}

  /** `submission` is plain; see `isPlain`. */
  add(submission: Submission, maxTickets: number): Promise<Submitted> {
    const kind = kindOf(submission, maxTickets);
    return (this.kinds.get(kind) ?? this.begin(kind, maxTickets)).add(submission);
  }

  private begin(kind: string, maxTickets: number): Together<Submission, Submitted> {
    const together: Together<Submission, Submitted> = new Together({
      most: MAX_ON_THE_WAY,
      send: (some) => this.send(some, maxTickets),
      lengthOf: ({ data, origin }) => data.length + origin.length,
      onIdle: () => this.kinds.get(kind) === together && this.kinds.delete(kind),
    });
    this.kinds.set(kind, together);
    return together;
  }

  private async send(some: Submission[], maxTickets: number): Promise<Submitted[]> {
    const args = [...plainKeys(some[0]), this.format(), ...plainArgs(some[0], maxTickets)];
    for (const { requestID, data, origin, replyTo, traceparent = '' } of some)
      args.push(requestID, data, origin, replyTo, traceparent);
    const [tickets, depth, ...accepted] = (await this.redis.invoqSubmits(...args)) as number[];
    let left = tickets;
    return accepted.map((isIn): Submitted => {
      if (isIn !== 1) return { kind: 'full', depth };
      return { kind: 'new', ticket: left-- > 0 };
    });
  }
}
