/** The service that Restate calls: the sum of two numbers. */
import { answering } from '../answering.mjs';
import { add as sum } from './add.mjs';

/** Node 20 lacks it, and Restate's SDK needs it. */
Promise.withResolvers ??= function () {
  let resolve;
  let reject;
  const promise = new this((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
};
// A line for each call would be its own choice of a log: nothing but errors.
process.env.RESTATE_LOGGING = 'ERROR';
const { serve, service } = await import('@restatedev/restate-sdk');

let running = 0;
let ended = 0;

const add = service({
  name: 'add',
  handlers: {
    add: async (_, data) => {
      running++;
      try {
        return sum(data);
      } finally {
        running--;
        ended++;
      }
    },
  },
});
const port = await serve({ services: [add], port: 0 });

/** How many calls run, and how many have ended so far. */
answering({ port }, async () => ({ running, ended }));
