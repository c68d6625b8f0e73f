/** Callbacks when processes die, Redis goes, and receivers are not what they should be: told in the end, to whom it may. */
import type { Deliveries } from '@invoq/contract/callback';
import { startNameServer } from '../harness/name-server';
import { type Receiver, startReceiver } from '../harness/receiver';
import { until } from '../harness/until';
import { Stand, type StandOptions } from './stand';

const HERE = { INVOQ_CALLBACK_ALLOW: '127.0.0.1' };
const LIMIT_MS = 60_000;

/** Calls that have been accepted, each with a callback to `url`. */
async function calls(stand: Stand, url: string, count: number): Promise<string[]> {
  const reply = await Promise.all(
    Array.from({ length: count }, (_, x) => stand.caller.async('adds', { x, y: 1 }, { callback: { url } })),
  );
  return reply.map((answer) => {
    expect(answer?.status).toBe(202);
    return answer!.body.requestID as string;
  });
}

async function deliveries(stand: Stand, requestID: string): Promise<Deliveries['deliveries']> {
  return (await stand.stack.http.get(`/v1/invocations/${requestID}/deliveries`)).body.data.deliveries;
}

/** Waits until all stand so, and gives their deliveries. */
function allStand(stand: Stand, ids: string[], state: string): Promise<Deliveries['deliveries']> {
  return until(
    `${ids.length} deliveries are ${state}`,
    async () => {
      const found = (await Promise.all(ids.map((id) => deliveries(stand, id)))).map(([delivery]) => delivery);
      const others = found.filter((delivery) => delivery?.state !== state);
      if (others.length > 0) throw new Error(`${others.length} are not: ${JSON.stringify(others[0])}`);
      return found;
    },
    LIMIT_MS,
  );
}

function webhookIDs(receiver: Receiver, requestID: string): unknown[] {
  return [...new Set(receiver.of(requestID).map(({ headers }) => headers['webhook-id']))];
}

const start = (env: Record<string, string>, more: StandOptions = {}): Promise<Stand> =>
  Stand.start({ slots: 'sync=2,async=8,nested=0', ...more, env: { ...HERE, ...env } });

test('worker and API killed between the ends and their callbacks: each is told, by one webhook-id', async () => {
  const stand = await start({ INVOQ_CALLBACK_TIMEOUT: '5s' });
  const receiver = await startReceiver({ answer: () => undefined });
  const ids = await calls(stand, receiver.url, 24);
  // Some are being told, and all the others wait for it, when both die.
  await until('some are told', () => receiver.received.length >= 4, LIMIT_MS);
  await until(
    'all have ended',
    async () => (await Promise.all(ids.map((id) => stand.statusOf(id)))).every((status) => status === 'succeeded'),
    LIMIT_MS,
  );
  const [victim] = stand.workers;
  const [api] = stand.apis;
  await Promise.all([victim.process.kill(), api.process.kill()]);
  const toldBefore = new Set(receiver.received.map(({ body }) => body.data.requestID));
  expect(toldBefore.size).toBeLessThan(ids.length);
  receiver.answer = (response) => void response.writeHead(204).end();
  stand.stack.apis.splice(0, 1);
  await stand.addApi();
  await stand.addWorker();
  const found = await allStand(stand, ids, 'delivered');
  for (const id of ids) expect(webhookIDs(receiver, id)).toHaveLength(1);
  // What was under way is told again, and the log says why.
  const again = ids.filter((id) => receiver.of(id).length > 1);
  expect(again.every((id) => toldBefore.has(id))).toBe(true);
  expect(found.filter(({ tries }) => tries.some(({ outcome }) => outcome === 'unknown'))).not.toHaveLength(0);
  await stand.verdict(`worker and API killed with ${ids.length} ends to tell: all told, ${again.length} of them twice`);
}, 150_000);

test('Redis killed and started between a failed try and the next one: nothing is forgotten', async () => {
  const stand = await start({});
  const receiver = await startReceiver({ answer: (response) => void response.writeHead(503).end() });
  const ids = await calls(stand, receiver.url, 10);
  for (const id of ids) await receiver.hears(id);
  await until(
    'all tries are recorded',
    async () => (await Promise.all(ids.map((id) => deliveries(stand, id)))).every(([one]) => one?.nextAt),
    LIMIT_MS,
  );
  await stand.redis.kill();
  receiver.answer = (response) => void response.writeHead(204).end();
  await stand.redis.start();
  const found = await allStand(stand, ids, 'delivered');
  for (const { tries } of found) {
    expect(tries[0]).toMatchObject({ outcome: 'failed', status: 503 });
    expect(tries.at(-1)).toMatchObject({ outcome: 'delivered', status: 204 });
  }
  for (const id of ids) expect(webhookIDs(receiver, id)).toHaveLength(1);
  await stand.verdict(`Redis killed with ${ids.length} callbacks to try again: all delivered`);
}, 150_000);

test('a receiver that hangs has four at a time, and holds up no other; a worker that stops gives them back', async () => {
  // No try at it ends while this is looked at.
  const stand = await start({ INVOQ_CALLBACK_TIMEOUT: '60s' });
  const hangs = await startReceiver({ answer: () => undefined });
  const takes = await startReceiver();
  const stuck = await calls(stand, hangs.url, 60);
  await until('it hangs', () => hangs.received.length >= 4, LIMIT_MS);
  const quick = await calls(stand, takes.url, 60);
  const found = await allStand(stand, quick, 'delivered');
  for (const { tries } of found) expect(tries).toHaveLength(1);
  expect(hangs.received).toHaveLength(4);
  const states = await Promise.all(stuck.map(async (id) => (await deliveries(stand, id))[0].state));
  expect(new Set(states)).toEqual(new Set(['pending']));

  // Long before a lease of 75 s is over the next worker has them.
  hangs.answer = (response) => void response.writeHead(204).end();
  const [old] = stand.workers;
  expect((await old.stop()).code).toBe(0);
  await stand.addWorker();
  const after = await allStand(stand, stuck, 'delivered');
  expect(after.flatMap(({ tries }) => tries).filter(({ outcome }) => outcome === 'unknown')).toEqual([]);
  await stand.verdict('a receiver that hangs: four at a time, the others are told at once, and SIGTERM gives it back');
}, 150_000);

test('a receiver that answers slowly for ever is given up, and tried again', async () => {
  const stand = await start({ INVOQ_CALLBACK_TIMEOUT: '1s' });
  const drips = await startReceiver({
    answer: ({ socket }, _, n) => {
      if (n > 1) return void socket!.end('HTTP/1.1 204 No Content\r\n\r\n');
      socket!.write('HTTP/1.1 200 OK\r\nx: ');
      const drip = setInterval(() => socket!.write('x'), 50);
      socket!.once('close', () => clearInterval(drip));
    },
  });
  const [id] = await calls(stand, drips.url, 1);
  const [{ tries }] = await allStand(stand, [id], 'delivered');
  expect(tries).toMatchObject([{ outcome: 'failed', error: 'no answer within 1000 ms' }, { outcome: 'delivered' }]);
  await stand.verdict('a receiver that answers a byte at a time: given up after its time, and tried again');
}, 150_000);

describe('an internal address is not reached', () => {
  test('by a redirect', async () => {
    const stand = await start({});
    const internal = await startReceiver({ host: '127.0.0.2' });
    const receiver = await startReceiver({
      answer: (response, { path }) => void response.writeHead(Number(path.slice(1)), { location: internal.url }).end(),
    });
    const redirects = [301, 302, 303, 307, 308];
    const ids: string[] = [];
    for (const status of redirects) ids.push(...(await calls(stand, `${receiver.url}/${status}`, 1)));
    for (const id of ids) await receiver.hears(id);
    const tried = async (): Promise<boolean> =>
      (await Promise.all(ids.map((id) => deliveries(stand, id)))).every(([one]) => one?.tries.length);
    await until('all tries are recorded', tried, LIMIT_MS);
    const statuses = (await Promise.all(ids.map((id) => deliveries(stand, id)))).map(([{ tries }]) => tries[0].status);
    expect(statuses).toEqual(redirects);
    // Nor by its own name.
    const [direct] = await calls(stand, internal.url, 1);
    await allStand(stand, [direct], 'refused');
    expect(internal.received).toEqual([]);
    await stand.verdict('redirects to an internal address: none is followed');
  }, 150_000);

  test('by a name that resolves to it, at once or the second time', async () => {
    const receiver = await startReceiver();
    // A name server of the attacker's: public when it is asked first, internal after that.
    let asked = 0;
    const server = await startNameServer((name) => {
      if (name === 'internal.test') return ['127.0.0.1'];
      // Two questions for each lookup: one for each family.
      return asked++ < 2 ? ['8.8.8.8'] : ['127.0.0.1'];
    });
    // Nothing is open here.
    const stand = await start({
      INVOQ_CALLBACK_ALLOW: '10.0.0.0/8',
      INVOQ_CALLBACK_TIMEOUT: '1s',
      INVOQ_CALLBACK_DNS: server.address,
    });
    const [named] = await calls(stand, `http://localhost:${receiver.port}/`, 1);
    const [direct] = await calls(stand, `http://internal.test:${receiver.port}/`, 1);
    const [rebinds] = await calls(stand, `http://rebinds.test:${receiver.port}/`, 1);
    const found = await allStand(stand, [named, direct, rebinds], 'refused');
    // The first answer was connected to, or tried to; only the second one leads here, and it is looked at as well.
    expect(found.map(({ tries }) => tries.map(({ outcome }) => outcome))).toEqual([
      ['refused'],
      ['refused'],
      ['failed', 'refused'],
    ]);
    expect(receiver.received).toEqual([]);
    await stand.verdict('names that lead to an internal address, the second time too: nothing is sent there');
  }, 150_000);
});
