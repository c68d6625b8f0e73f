/** A body that comes too slowly is refused in time; one that has more time is let come. */
import { connect, type AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import type { Refusal } from '@invoq/contract/refusal';
import { BodyTimes } from './body-time';
import { refusalReply } from './envelope';
import { send } from './send';

let server: FastifyInstance;
let port: number;
let refused: string[];
beforeAll(async () => {
  server = fastify();
  new BodyTimes(server, 150, 50, 500);
  server.decorate('refuse', (error, request, reply) => {
    refused.push((error as Refusal).type);
    send(reply, refusalReply(error as Refusal, request.id));
  });
  server.post('/usual', async ({ body }) => ({ body }));
  server.post('/steady', { config: { bodyTimeMs: 5_000, leastBytesPerS: 100 } }, async ({ body }) => ({ body }));
  server.post('/patient', { config: { bodyTimeMs: 5_000 } }, async ({ body }) => ({ body }));
  await server.listen({ port: 0, host: '127.0.0.1' });
  port = (server.server.address() as AddressInfo).port;
});
beforeEach(() => (refused = []));
afterAll(() => server.close());

/** Sends half of a body, and the rest after a while; answers all that it was told. */
async function slowly(path: string, pauseMs: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"a"`);
  const timer = setTimeout(() => socket.write(':1}'), pauseMs);
  await new Promise<void>((done) => {
    socket.once('close', () => done());
    socket.on('data', () => answer.includes('{') && setTimeout(done, 50));
  });
  clearTimeout(timer);
  socket.destroy();
  return answer;
}

it('refuses in our words, and closes', async () => {
  const began = performance.now();
  const answer = await slowly('/usual', 2_000);
  expect(performance.now() - began).toBeLessThan(1_500);
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
  expect(answer.toLowerCase()).toContain('connection: close');
  expect(answer).toContain('"type":"INVALID_REQUEST"');
  expect(refused).toEqual(['INVALID_REQUEST']);
});

it('refuses one that drips, though it has time', async () => {
  const began = performance.now();
  const answer = await slowly('/steady', 4_000);
  expect(performance.now() - began).toBeLessThan(3_500);
  expect(answer).toMatch(/^HTTP\/1.1 400 .*body must come at 100 bytes a second/s);
});

it('lets it come where there is time, and in time', async () => {
  expect(await slowly('/patient', 400)).toContain('{"body":{"a":1}}');
  expect(await slowly('/steady', 300)).toContain('{"body":{"a":1}}');
  expect(await slowly('/usual', 20)).toContain('{"body":{"a":1}}');
});
