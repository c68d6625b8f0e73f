/** Requests of one connection are served one after the other, and no more of them than may wait. */
import { connect, type AddressInfo, type Socket } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import type { Refusal } from '@invoq/contract/refusal';
import { refusalReply } from './envelope';
import { serveInTurn } from './in-turn';
import { send } from './send';

const MAX = 3;
let server: FastifyInstance;
let port: number;
let served: string[];
let release: (() => void)[];
let refused: string[];
beforeEach(async () => {
  [served, release, refused] = [[], [], []];
  server = fastify();
  server.setErrorHandler((error: Refusal, request, reply) => {
    refused.push(error.type);
    send(reply, refusalReply(error, request.id));
  });
  serveInTurn(server, MAX);
  server.get<{ Params: { name: string } }>('/:name', async ({ params }) => {
    served.push(params.name);
    if (params.name.startsWith('held')) await new Promise<void>((done) => release.push(done));
    return params.name;
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
  port = (server.server.address() as AddressInfo).port;
});
afterEach(async () => {
  release.forEach((done) => done());
  await server.close();
});

const request = (name: string): string => `GET /${name} HTTP/1.1\r\nhost: x\r\n\r\n`;

/** A connection that has sent these requests at once. */
function sent(...names: string[]): { socket: Socket; said(): string; closed: Promise<void> } {
  let said = '';
  const socket = connect(port, '127.0.0.1', () => socket.write(names.map(request).join('')));
  socket.on('error', () => undefined).on('data', (chunk: Buffer) => (said += chunk.toString()));
  const closed = new Promise<void>((done) => socket.once('close', () => done()));
  return { socket, said: () => said, closed };
}

async function until(check: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !check(); i++) await new Promise((done) => setTimeout(done, 10));
  expect(check()).toBe(true);
}

it('serves the next one when the answer before it is written', async () => {
  const { socket, said } = sent('held', 'b', 'c');
  await until(() => release.length === 1);
  await new Promise((done) => setTimeout(done, 50));
  expect(served).toEqual(['held']);
  release.pop()!();
  await until(() => said().endsWith('c'));
  expect(served).toEqual(['held', 'b', 'c']);
  expect(said().match(/HTTP\/1\.1 200 /g)).toHaveLength(3);
  socket.destroy();
});

it('keeps connections apart', async () => {
  const first = sent('held');
  await until(() => release.length === 1);
  const second = sent('b');
  await until(() => second.said().endsWith('b'));
  first.socket.destroy();
  second.socket.destroy();
});

it('refuses one too many after the answers before it, and serves nothing behind it', async () => {
  const { said, closed } = sent('held', 'b', 'c', 'd', 'e', 'f');
  await until(() => release.length === 1);
  release.pop()!();
  await closed;
  expect(served).toEqual(['held', 'b', 'c', 'd']);
  expect([...said().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
    '200',
    '200',
    '200',
    '200',
    '429',
  ]);
  expect(said()).toContain('INVOQ_MAX_PIPELINED');
  expect(refused).toEqual(['RATE_LIMITED']);
});

it('serves nothing more of a connection that is gone', async () => {
  const { socket } = sent('held', 'b');
  await until(() => release.length === 1);
  socket.destroy();
  await new Promise((done) => setTimeout(done, 50));
  release.pop()!();
  await new Promise((done) => setTimeout(done, 50));
  expect(served).toEqual(['held']);
});

it('cuts a flood off at once', async () => {
  const { said, closed } = sent('held', ...Array.from({ length: 11 * MAX }, (_, i) => `n${i}`));
  await closed;
  expect(said()).toBe('');
  expect(served.length).toBeLessThan(2);
});
