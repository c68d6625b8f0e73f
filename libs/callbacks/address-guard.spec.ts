import { startNameServer } from '../../test/harness/name-server';
import { AddressGuard, AddressRefused } from './address-guard';
import { NameLookup } from './name-lookup';

const guard = new AddressGuard();
/** As a URL writes it, which is what is checked. */
const hostOf = (host: string): string => new URL(`http://${host}/`).hostname;

test.each([
  '127.0.0.1', '127.8.9.1', '0.0.0.0', '10.0.0.1', '172.16.0.1', '172.31.255.254', '192.168.1.1', '169.254.169.254',
  '100.64.0.1', '192.0.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1',
  '255.255.255.255', '2130706433', '0x7f.1', '017700000001', '127.1', '[::]', '[::1]', '[::2]', '[::127.0.0.1]',
  '[::ffff:127.0.0.1]', '[::ffff:a00:1]', '[64:ff9b::7f00:1]', '[64:ff9b:1::1]', '[2002:7f00:1::]', '[fc00::1]',
  '[fd12::1]', '[fe80::1]', '[fec0::1]', '[ff02::1]', '[2001:db8::1]', '[2001::1]', '[100::1]',
  '168.63.129.16', '[::ffff:168.63.129.16]',
])('%s is internal', (host) => {
  expect(() => guard.checkHost(hostOf(host))).toThrow(AddressRefused);
}); // prettier-ignore

test.each(['8.8.8.8', '93.184.216.34', '172.32.0.1', '[2606:4700:4700::1111]', '[::ffff:8.8.8.8]', 'example.com'])(
  '%s is not',
  (host) => {
    expect(() => guard.checkHost(hostOf(host))).not.toThrow();
  },
);

test('networks of our own are open when they are named, and no others', () => {
  const own = new AddressGuard({ allow: ['10.1.0.0/16', '127.0.0.1', 'fd00::/8'] });
  for (const open of ['10.1.2.3', '127.0.0.1', 'fd12::1', '::ffff:10.1.2.3']) expect(own.isOpen(open)).toBe(true);
  for (const closed of ['10.2.0.1', '127.0.0.2', 'fe80::1', '::1', '192.168.0.1'])
    expect(own.isOpen(closed)).toBe(false);
  expect(own.isOpen('no address')).toBe(false);
});

/** What a connection is told of a name. */
function lookUp(name: string, all: boolean): Promise<unknown> {
  return new Promise((resolve, reject) => {
    guard.lookup(name, { all }, (error, address) => (error ? reject(error) : resolve(address)));
  });
}

test.each([true, false])('a name that leads to an internal address is refused (all: %s)', async (all) => {
  await expect(lookUp('localhost', all)).rejects.toThrow(AddressRefused);
});

test('the addresses of machines that workers run on are closed, unless they are named', () => {
  const own = new Set(['8.8.8.8', '2606:4700::7']);
  const closed = new AddressGuard({ ownAddresses: () => own });
  for (const address of ['8.8.8.8', '::ffff:8.8.8.8', '2606:4700:0:0::7']) expect(closed.isOpen(address)).toBe(false);
  expect(closed.isOpen('8.8.4.4')).toBe(true);
  expect(new AddressGuard({ allow: ['8.8.8.8'], ownAddresses: () => own }).isOpen('8.8.8.8')).toBe(true);
});

test('a name that leads nowhere is a fault of the network', async () => {
  const { address } = await startNameServer(() => []);
  const nowhere = new AddressGuard({ names: new NameLookup({ servers: [address] }) });
  const found = new Promise((resolve, reject) => {
    nowhere.lookup('nowhere.invalid', { all: true }, (error, all) => (error ? reject(error) : resolve(all)));
  });
  await expect(found).rejects.toMatchObject({ code: 'ENOTFOUND' });
});
