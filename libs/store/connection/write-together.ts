/**
 * What is said to Redis in one turn of the event loop goes out in few writes. A write of its own for each command was the
 * dearest part of a call, on both ends: a Redis that gets many commands at once also answers them at once. Where each turn
 * had one command, the next one is written at once.
 */
import type { Writable } from 'node:stream';
import type { Redis } from 'ioredis';
import { LonePace } from './lone-pace';

/**
 * As much is said at once, characters: half of what Redis reads at once (PROTO_IOBUF_LEN of its source, 16 KiB). With more held
 * back Redis would rest while we work and we while Redis works.
 */
const WRITE_LENGTH = 8 * 1024;

/** The same connection. Commands keep their order; each is answered, refused and timed by itself, as before. */
export function writeTogether(redis: Redis): Redis {
  const sendCommand = redis.sendCommand.bind(redis);
  const pace = new LonePace();
  let held: Writable | undefined;
  let saidInTurn = 0;
  const release = (): void => {
    held?.uncork();
    held = undefined;
    pace.went(saidInTurn);
    saidInTurn = 0;
  };
  redis.sendCommand = (command, stream) => {
    // Undefined before it was ever connected, whatever its type says.
    const socket = redis.stream as Writable | undefined;
    if (socket !== undefined) {
      if (saidInTurn++ === 0) setImmediate(release);
      if (held === undefined && !(saidInTurn === 1 && pace.isLone)) {
        held = socket;
        socket.cork();
      }
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
