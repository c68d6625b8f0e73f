import { lookup } from 'node:dns';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startNameServer, type Zone } from '../../test/harness/name-server';
import { scratchDir } from '../../test/harness/scratch';
import { HostNames } from './host-names';
import { NameLookup } from './name-lookup';

const TIMES = { questionMs: 300, limitMs: 1_000 };

/** `hosts` and `resolver`: texts of the two files. */
async function names(zone: Zone, hosts = '', resolver = ''): Promise<{ names: NameLookup; asked: string[] }> {
  const folder = scratchDir('names');
  const files = [join(folder, 'hosts'), join(folder, 'resolv.conf')] as const;
  writeFileSync(files[0], hosts);
  writeFileSync(files[1], resolver);
  const server = await startNameServer(zone);
  return {
    names: new NameLookup({ servers: [server.address], hosts: new HostNames(...files), ...TIMES }),
    asked: server.asked,
  };
}

test('addresses of both families', async () => {
  const { names: lookups } = await names(() => ['192.0.2.7', '2001:db8::7']);
  expect(await lookups.find('a.test')).toEqual([
    { address: '192.0.2.7', family: 4 },
    { address: '2001:db8::7', family: 6 },
  ]);
});

test('/etc/hosts goes first, and localhost is this machine, without a question', async () => {
  const { names: lookups, asked } = await names(() => ['192.0.2.7'], '10.0.0.7 db\n');
  expect(await lookups.find('DB')).toEqual([{ address: '10.0.0.7', family: 4 }]);
  expect((await lookups.find('app.localhost')).map(({ address }) => address)).toEqual(['127.0.0.1', '::1']);
  expect(asked).toEqual([]);
});

test('the search list is gone through', async () => {
  const zone: Zone = (name) => (name === 'api.svc.test' ? ['10.0.0.8'] : []);
  const { names: lookups, asked } = await names(zone, '', 'search ns.test svc.test\noptions ndots:5');
  expect(await lookups.find('api')).toEqual([{ address: '10.0.0.8', family: 4 }]);
  expect([...new Set(asked)]).toEqual(['api.ns.test', 'api.svc.test']);
});

test('a name that leads nowhere', async () => {
  const { names: lookups } = await names(() => []);
  await expect(lookups.find('nowhere.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

test('a name server that says nothing is given up, and no lookup of others waits for it', async () => {
  const { names: lookups } = await names((name) => (name.startsWith('silent') ? 'silent' : ['192.0.2.7']));
  let over = false;
  const silent = Array.from({ length: 32 }, (_, i) => lookups.find(`silent${i}.test`));
  const all = Promise.allSettled(silent).then((each) => {
    over = true;
    return each;
  });
  expect(await lookups.find('quick.test')).toHaveLength(1);
  // Nor does a lookup of the system's own: no thread is held.
  await promisify(lookup)('127.0.0.1');
  expect(over).toBe(false);
  for (const each of await all)
    expect(each).toMatchObject({ reason: { code: expect.stringMatching(/^E(TIMEOUT|CANCELLED)$/) } });
});

test('those who ask for one name at the same time share one lookup', async () => {
  const { names: lookups, asked } = await names(() => ['192.0.2.7']);
  const found = await Promise.all(Array.from({ length: 8 }, () => lookups.find('a.test')));
  for (const each of found) expect(each).toBe(found[0]);
  expect(asked).toEqual(['a.test', 'a.test']);
  await lookups.find('a.test');
  expect(asked).toHaveLength(4);
});
