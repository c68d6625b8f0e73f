import { readHeader } from './script-header';
import { withNumbers } from './script-names';

const named = (head: string, lua: string): string => withNumbers(lua, readHeader(head));

test('each name becomes the number of its place', () => {
  const head = '-- KEYS: record, open\n-- ARGV: id, attempt';
  expect(named(head, "redis.call('HGET', KEYS.open, ARGV.attempt .. #ARGV.id)")).toBe(
    "redis.call('HGET', KEYS[2], ARGV[2] .. #ARGV[1])",
  );
});

test('a list at the end goes to the end', () => {
  const head = '-- ARGV: format, ends[id, outcome]';
  expect(named(head, 'for i = ARGV.ends.first, ARGV.ends.last, ARGV.ends.step do f(ARGV.ends[i].id) end')).toBe(
    'for i = 2, #ARGV, 2 do f(ARGV[i]) end',
  );
  expect(named(head, 'ARGV.ends[2 * n].outcome')).toBe('ARGV[2 * n + 1]');
  expect(named('-- KEYS: lines[]', 'for i = KEYS.lines.first, KEYS.lines.last do f(KEYS.lines[i]) end')).toBe(
    'for i = 1, #KEYS do f(KEYS[i]) end',
  );
});

test('a list that others follow has its length before it', () => {
  const head = '-- ARGV: format, fields[], calls[id, data], last';
  expect(named(head, 'unpack(ARGV, ARGV.fields.first, ARGV.fields.last)')).toBe('unpack(ARGV, 3, (2 + ARGV[2]))');
  expect(named(head, 'ARGV.calls.first')).toBe('(4 + ARGV[2])');
  expect(named(head, 'ARGV.calls.last')).toBe('(3 + ARGV[2] + ARGV[(3 + ARGV[2])])');
  expect(named(head, 'ARGV.last')).toBe('ARGV[(4 + ARGV[2] + ARGV[(3 + ARGV[2])])]');
});

test.each([
  ['a name that is not in the header', 'KEYS.lost', 'KEYS.lost is not named in its header'],
  ['a number', 'KEYS[1]', 'by their names'],
  ['a number, by how many there are', 'for i = 2, #ARGV do', 'by their names'],
  ['a list as a value', 'ARGV.ends', 'ARGV.ends is a list'],
  ['a value as a list', 'ARGV.id[2]', 'only a list has values by number'],
  ['an end of a value', 'ARGV.id.first', 'ARGV.id is no list'],
  ['an end that no list has', 'ARGV.ends.length', 'first, last and step'],
  ['a row as a value', 'ARGV.ends[i]', 'a row of ARGV has values by name'],
  ['a value that no row has', 'ARGV.ends[i].code', 'has no "code"'],
])('%s is refused', (_, lua, fault) => {
  expect(() => named('-- KEYS: record\n-- ARGV: id, ends[id, outcome]', `return ${lua}`)).toThrow(fault);
});
