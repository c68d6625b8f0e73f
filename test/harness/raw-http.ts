/** A request to the byte: for those that no HTTP client would send. */
import { connect } from 'node:net';

const LIMIT_MS = 20_000;

/** Sends the lines of a head and an empty body on a connection of its own, and resolves with the status of the answer. */
export function rawStatus(port: number, lines: string[]): Promise<number> {
  return new Promise((done, fail) => {
    const socket = connect(port, '127.0.0.1', () => socket.write([...lines, 'Connection: close', '', ''].join('\r\n')));
    const chunks: Buffer[] = [];
    socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error(`No answer within ${LIMIT_MS} ms: ${lines[0]}`)));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('error', fail);
    socket.once('close', () => {
      const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(Buffer.concat(chunks).toString('latin1')) ?? [];
      done(Number(status ?? 0));
    });
  });
}
