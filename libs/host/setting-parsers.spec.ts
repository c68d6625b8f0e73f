/** Each parser: what it reads, what it refuses, and that it reads again what it shows. */
import {
  boolean,
  bytes,
  cidr,
  duration,
  integer,
  list,
  oneOf,
  type Parser,
  path,
  rate,
  slots,
  text,
  trustedProxies,
  url,
} from './setting-parsers';

const lanes = slots({ sync: 8, async: 4, nested: 2 });

test.each<[string, Parser<unknown>, [string, unknown][], string[]]>([
  [
    'integer',
    integer(-1, 10),
    [
      ['0', 0],
      ['-1', -1],
      ['10', 10],
      ['007', 7],
    ],
    ['11', '-2', '1.5', '1e1', '', 'x', '0x1'],
  ],
  [
    'trustedProxies',
    trustedProxies(),
    [
      ['1', 1],
      ['16', 16],
      ['10.0.0.0/8', ['10.0.0.0/8']],
      ['10.0.0.0/8, fd00::/8,192.168.1.7', ['10.0.0.0/8', 'fd00::/8', '192.168.1.7']],
    ],
    ['0', '17', '-1', 'true', 'loopback', '0.0.0.0/0', '10.0.0.1,::/0', '10.0.0.0/33', '10.0.0', 'proxy.example', ''],
  ],
  [
    'duration',
    duration(1, 86_400_000),
    [
      ['1', 1],
      ['250ms', 250],
      ['5s', 5_000],
      ['1.5s', 1_500],
      ['10m', 600_000],
      ['24h', 86_400_000],
      ['1d', 86_400_000],
    ],
    ['0', '-1s', '2d', '5 sec', '0.5ms', 's', '5S', 'constructor', '1constructor'],
  ],
  [
    'rate',
    rate(),
    [
      ['100/1s', { limit: 100, windowMs: 1_000 }],
      ['5/500', { limit: 5, windowMs: 500 }],
      ['5000/1h', { limit: 5_000, windowMs: 3_600_000 }],
    ],
    ['100', '0/1s', '1/0', '1/2d', '-1/1s', '1/1s/1s', '/', '', 'x/y'],
  ],
  [
    'bytes',
    bytes(1, 2 ** 31),
    [
      ['1', 1],
      ['1kb', 1_024],
      ['1 MB', 2 ** 20],
      ['0.5gb', 2 ** 29],
      ['2gb', 2 ** 31],
    ],
    ['0', '3gb', '1mib', 'mb', '-1kb'],
  ],
  [
    'boolean',
    boolean(),
    [
      ['true', true],
      ['1', true],
      ['YES', true],
      ['off', false],
      ['0', false],
    ],
    ['', '2', 'y', 'constructor'],
  ],
  [
    'oneOf',
    oneOf('a', 'b'),
    [
      ['a', 'a'],
      ['b', 'b'],
    ],
    ['A', '', 'c'],
  ],
  ['text', text(), [['x y', 'x y']], ['', 'a\0b']],
  [
    'path',
    path('/home'),
    [
      ['a', '/home/a'],
      ['/b', '/b'],
      ['../c', '/c'],
    ],
    ['a\0b'],
  ],
  [
    'list',
    list(integer(1, 9)),
    [
      ['1', [1]],
      ['1, 2,3', [1, 2, 3]],
    ],
    ['', '1,', '1,1', '1,10', ','],
  ],
  [
    'cidr',
    cidr(),
    [
      ['10.0.0.0/8', '10.0.0.0/8'],
      ['127.0.0.1', '127.0.0.1'],
      ['fd00::/8', 'fd00::/8'],
    ],
    ['', '10.0.0.0/33', '10.0.0', 'fd00::/129', '10.0.0.0/', 'localhost', '10.0.0.0/8/8'],
  ],
  [
    'slots',
    lanes,
    [
      ['sync=1', { sync: 1, async: 4, nested: 2 }],
      ['sync=0,async=16', { sync: 0, async: 16, nested: 2 }],
      [' sync = 3 , nested=0', { sync: 3, async: 4, nested: 0 }],
    ],
    [
      '',
      'sync',
      'sync=',
      'sync=-1',
      'sync=1001',
      'slow=1',
      'sync=1,sync=2',
      'sync=0,async=0,nested=0',
      'constructor=1',
    ],
  ],
  [
    'url',
    url('redis:', 'rediss:'),
    [
      ['redis://h', 'redis://h'],
      ['rediss://u:p@h:1/2', 'rediss://u:p@h:1/2'],
      ['redis://[::1]:6379', 'redis://[::1]:6379'],
    ],
    ['h:6379', 'http://h', 'redis://', 'redis:/h', '', 'localhost'],
  ],
])('%s', (_, parser, good, bad) => {
  for (const [written, value] of good) {
    expect([written, parser.read(written)]).toEqual([written, value]);
    expect(parser.read(parser.show(value))).toEqual(value);
  }
  for (const written of bad) expect([written, parser.read(written)]).toEqual([written, undefined]);
});

test.each([
  [duration(0, 1e9).show(300_000), '5m'],
  [duration(0, 1e9).show(90_000), '90s'],
  [duration(0, 1e9).show(0), '0ms'],
  [bytes(0, 1e9).show(262_144), '256kb'],
  [bytes(0, 1e9).show(1_000), '1000b'],
])('shows %s', (shown, expected) => expect(shown).toBe(expected));
