import { parseRedisAddress } from './redis-address';

const nodes = [
  { host: 'a.example', port: 7000 },
  { host: '10.0.0.2', port: 7001 },
];

it.each([
  ['redis://127.0.0.1:6380/2', { kind: 'one', node: { host: '127.0.0.1', port: 6380 }, db: 2, access: { tls: false } }],
  ['redis://[::1]/', { kind: 'one', node: { host: '::1', port: 6379 }, db: 0, access: { tls: false } }],
  [
    'rediss://u:p%23@host',
    {
      kind: 'one',
      node: { host: 'host', port: 6379 },
      db: 0,
      access: { username: 'u', password: 'p#', tls: true },
    },
  ],
  ['redis+cluster://a.example:7000,10.0.0.2:7001', { kind: 'cluster', nodes, access: { tls: false } }],
  ['redis+cluster://a.example:7000,10.0.0.2:7001/', { kind: 'cluster', nodes, access: { tls: false } }],
  [
    'rediss+cluster://invoq:p%40ss@[::1]:7000,b',
    {
      kind: 'cluster',
      nodes: [
        { host: '::1', port: 7000 },
        { host: 'b', port: 6379 },
      ],
      access: { username: 'invoq', password: 'p@ss', tls: true },
    },
  ],
  [
    'redis+sentinel://:secret@s1,s2:26380/my-master',
    {
      kind: 'sentinel',
      sentinels: [
        { host: 's1', port: 26_379 },
        { host: 's2', port: 26_380 },
      ],
      master: 'my-master',
      db: 0,
      access: { password: 'secret', tls: false },
    },
  ],
  [
    'redis+sentinel://s1/main/3',
    { kind: 'sentinel', sentinels: [{ host: 's1', port: 26_379 }], master: 'main', db: 3, access: { tls: false } },
  ],
])('%s', (text, address) => expect(parseRedisAddress(text)).toEqual(address));

it.each([
  'http://host',
  'redis://',
  'redis://host/-1',
  'redis://host/abc',
  'redis://host/1/2',
  'redis://host/0?keyPrefix=staging:',
  'redis://host/0#1',
  'redis+cluster://',
  'redis+cluster://a:7000//1',
  'redis+sentinel://a:26379/main/one',
  'redis+sentinel://a:26379/main/1?family=6',
  'redis+cluster://a:7000,,b:7000',
  'redis+cluster://a:70000',
  'redis+cluster://a:7000/name',
  'redis+cluster://a%:b@c:1@d',
  'redis+sentinel://a:26379',
  'redis+sentinel://a:26379/with space',
  'redis+other://a:26379',
])('%s is no address', (text) => expect(parseRedisAddress(text)).toBeUndefined());
