/**
 * Commands whose arguments are texts. ioredis takes arguments of any shape and so walks through them, copies and names them
 * several times over; with the forty of a submit that was a tenth of an API's work.
 */
import { Command, type Redis } from 'ioredis';

const NONE: string[] = [];
const REPLY = { replyEncoding: 'utf8' } as const;

/** As `redis.call(name, ...args)` answers and rejects; `args` is the command's from now on. */
export function sendTexts(redis: Redis, name: string, args: string[]): Promise<unknown> {
  const command = new Command(name, NONE, REPLY);
  command.args = args;
  return redis.sendCommand(command) as Promise<unknown>;
}

/** The fields of a hash that are read again and again: all that is the same each time is written once. */
export class PreparedRead {
  private readonly head: string;
  private readonly tail: string;

  constructor(private readonly fields: readonly string[]) {
    this.head = `*${fields.length + 2}\r\n${written('hmget')}`;
    this.tail = fields.map(written).join('');
  }

  /** As `redis.hmget(key, ...fields)`. */
  of(redis: Redis, key: string): Promise<(string | null)[]> {
    const command = new Command('hmget', NONE, REPLY);
    command.args = [key, ...this.fields];
    command.toWritable = () => this.head + written(key) + this.tail;
    return redis.sendCommand(command) as Promise<(string | null)[]>;
  }
}

/** In the protocol of Redis. */
function written(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
