/** Takes requests off a Redis list and pushes each sum to the caller's own list. */
import { Redis } from 'ioredis';
import { answering, settings } from '../answering.mjs';
import { add, SLOTS } from './add.mjs';

const replies = new Redis(settings.redis);

/** One blocked connection a slot: the plain way to take several at a time. */
for (let slot = 0; slot < SLOTS; slot++) {
  const requests = new Redis(settings.redis);
  void (async () => {
    for (;;) {
      const [, text] = await requests.blpop('requests', 0);
      const { to, data } = JSON.parse(text);
      void replies.lpush(to, JSON.stringify(add(data)));
    }
  })();
}

answering(true, async () => undefined);
