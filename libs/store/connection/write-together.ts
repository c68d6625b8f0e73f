/**
 * What is said to Redis in one turn of the event loop goes out in few writes. A write of its own for each command was the
 * dearest part of a call, on both ends: a Redis that gets many commands at once also answers them at once.
 */
import type { Writable } from 'node:stream';
import type { Redis } from 'ioredis';

/**
 * As much is said at once, characters: half of what Redis reads at once (PROTO_IOBUF_LEN of its source, 16 KiB). With more held
 * back Redis would rest while we work and we while Redis works.
 */
const WRITE_LENGTH = 8 * 1024;

/** The same connection. Commands keep their order; each is answered, refused and timed by itself, as before. */
export function writeTogether(redis: Redis): Redis {
  const sendCommand = redis.sendCommand.bind(redis);
  let held: Writable | undefined;
  const release = (): void => {
    held?.uncork();
    held = undefined;
  };
  redis.sendCommand = (command, stream) => {
    // Undefined before it was ever connected, whatever its type says.
    const socket = redis.stream as Writable | undefined;
    if (held === undefined && socket !== undefined) {
      held = socket;
      socket.cork();
      setImmediate(release);
    }
    const reply = sendCommand(command, stream);
    if (held !== undefined && held.writableLength >= WRITE_LENGTH) {
      held.uncork();
      held.cork();
    }
    return reply;
  };
  return redis;
}
