/** The other end of `Peer`: a process that does what its parent asks, and goes when its parent is gone. */

/** What the parent handed over at the start. */
export const settings = JSON.parse(process.argv[2] ?? '{}');

/** @param {unknown} ready told to the parent; anything truthy @param {(question: any) => Promise<unknown>} answer */
export function answering(ready, answer) {
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
  process.on('message', ({ id, question }) => {
    answer(question).then(
      (reply) => process.send({ id, reply }),
      (error) => process.send({ id, error: error.stack ?? String(error) }),
    );
  });
  process.send({ ready });
}
