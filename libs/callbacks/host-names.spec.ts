import { fullNames, parseHosts, parseSearchList } from './host-names';

test('a hosts file: several names a line, comments, lines that are no entry', () => {
  const known = parseHosts(
    '127.0.0.1 localhost Loop # comment\n# 10.0.0.1 no\n\n10.0.0.7\tdb db.local\nfd00::1 db\nx y',
  );
  expect([...known]).toEqual([
    ['localhost', ['127.0.0.1']],
    ['loop', ['127.0.0.1']],
    ['db', ['10.0.0.7', 'fd00::1']],
    ['db.local', ['10.0.0.7']],
  ]);
});

test.each([
  ['nameserver 10.0.0.2', { domains: [], ndots: 1 }],
  ['search a.test b.test\noptions ndots:5 timeout:1', { domains: ['a.test', 'b.test'], ndots: 5 }],
  ['search a.test\ndomain c.test.', { domains: ['c.test'], ndots: 1 }],
  ['options ndots:99', { domains: [], ndots: 15 }],
  ['options ndots:many', { domains: [], ndots: 1 }],
])('the search list of %j', (text, expected) => {
  expect(parseSearchList(text)).toEqual(expected);
});

test('as resolv.conf(5) says, a name with few dots is searched first', () => {
  const list = { domains: ['ns.svc.test', 'svc.test'], ndots: 2 };
  expect(fullNames('api', list)).toEqual(['api.ns.svc.test', 'api.svc.test', 'api']);
  expect(fullNames('a.b.example', list)).toEqual(['a.b.example', 'a.b.example.ns.svc.test', 'a.b.example.svc.test']);
  expect(fullNames('api.', list)).toEqual(['api']);
});
