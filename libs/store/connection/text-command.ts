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
