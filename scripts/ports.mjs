/** TCP ports: one that is free, and whether one is. */
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to whoever asks for any (from 32,768 or 49,152 on), outgoing connections included:
 * so a port that is remembered is most likely free the next time too.
 */
const FIRST = 10_000;
const COUNT = 20_000;
const TRIES = 50;

/** A port on loopback that nobody listens on at this moment. */
export async function freePort() {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (!(await whyNotListen(port, '127.0.0.1'))) return port;
  }
  throw new Error(`No free port found in ${TRIES} tries`);
}

/** @returns {Promise<string | undefined>} the system's error code, such as EADDRINUSE, when one cannot listen there */
export function whyNotListen(port, host) {
  return new Promise((done) => {
    const server = createServer().once('error', (error) => done(error.code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => done(undefined)));
  });
}
