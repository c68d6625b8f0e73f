/**
 * Commands that Redis leaves without an answer are rejected after a time. Answers come in the order of their commands, so one
 * timer for a connection is enough, that of the first command that waits: by `commandTimeout` ioredis has one for each.
 */
import type { Command, Redis } from 'ioredis';

type Limited = Pick<Command, 'isSettled' | 'reject'>;

/** So many commands behind us are forgotten at a time. */
const FORGOTTEN = 1_024;

/** The same connection. A command that has no answer for `limitMs` rejects, as with `commandTimeout`. */
export function limitAnswers(redis: Redis, limitMs: number): Redis {
  const sendCommand = redis.sendCommand.bind(redis);
  const unanswered = new Unanswered(limitMs);
  redis.sendCommand = (command, stream) => {
    unanswered.add(command);
    return sendCommand(command, stream);
  };
  return redis;
}

/** The commands of one connection, in their order; each until it is settled and all before it are. */
export class Unanswered {
  private readonly commands: (Limited | undefined)[] = [];
  private readonly endsAt: number[] = [];
  /** Where those begin that may have no answer yet. */
  private first = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly limitMs: number) {}

  /** Commands that are held. */
  get size(): number {
    return this.commands.length - this.first;
  }

  add(command: Limited): void {
    this.passAnswered();
    const now = performance.now();
    this.commands.push(command);
    this.endsAt.push(now + this.limitMs);
    // A connection that is open keeps the process; a command that has an answer need not.
    this.timer ??= setTimeout(this.onTime, this.limitMs).unref();
  }

  private passAnswered(): void {
    while (this.commands[this.first]?.isSettled) this.pass();
    if (this.first < FORGOTTEN) return;
    this.commands.splice(0, this.first);
    this.endsAt.splice(0, this.first);
    this.first = 0;
  }

  /** Its memory is let go at once. */
  private pass(): void {
    this.commands[this.first++] = undefined;
  }

  private readonly onTime = (): void => {
    const now = performance.now();
    this.timer = undefined;
    while (this.first < this.commands.length && this.endsAt[this.first] <= now) {
      const command = this.commands[this.first]!;
      this.pass();
      if (!command.isSettled) command.reject(new Error('Command timed out'));
    }
    this.passAnswered();
    if (this.size > 0) this.timer = setTimeout(this.onTime, Math.ceil(this.endsAt[this.first] - now)).unref();
  };
}
