/**
 * Commands whose arguments are texts. ioredis takes arguments of any shape and so walks through them, copies and names them
 * several times over; with the forty of a submit that was a tenth of an API's work.
 */
import { Command, type Redis } from 'ioredis';

const NONE: string[] = [];
const REPLY = { replyEncoding: 'utf8' } as const;
/** What stands before a text of so many bytes. */
const LENGTHS = Array.from({ length: 128 }, (_, bytes) => `\r\n$${bytes}\r\n`);

/** As `redis.call(name, ...args)` answers and rejects; `args` is the command's from now on. */
export function sendTexts(redis: Redis, name: string, args: string[]): Promise<unknown> {
  const command = new Command(name, NONE, REPLY);
  command.args = args;
  command.toWritable = () => commandText(name, args);
  return redis.sendCommand(command) as Promise<unknown>;
}

/**
 * In the protocol of Redis. Nearly all commands are ASCII, of which each character is a byte: so it is written first, and its
 * bytes are counted once and not for each argument.
 */
export function commandText(name: string, args: readonly string[]): string {
  const start = `*${args.length + 1}\r\n$${name.length}\r\n${name}`;
  let text = start;
  for (const arg of args) {
    text += lengthText(arg.length);
    text += arg;
  }
  text += '\r\n';
  if (Buffer.byteLength(text) === text.length) return text;
  text = start;
  for (const arg of args) text += lengthText(Buffer.byteLength(arg)) + arg;
  return `${text}\r\n`;
}

function lengthText(bytes: number): string {
  return bytes < LENGTHS.length ? LENGTHS[bytes] : `\r\n$${bytes}\r\n`;
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
