/** A TCP port on loopback that nobody listens on at this moment. */
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to whoever asks for any (from 32,768 or 49,152 on), outgoing connections included:
 * so a server that a test stops finds its port free when it is started again.
 */
const FIRST = 10_000;
const COUNT = 20_000;
const TRIES = 50;

export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await canListen(port)) return port;
  }
  throw new Error(`No free port found in ${TRIES} tries`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer().once('error', () => done(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => done(true)));
  });
}
