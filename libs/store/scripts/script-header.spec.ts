import { readHeader, readNeeds, writeHeader } from './script-header';

test('names in their order, with remarks, lists, rows and lines that go on', () => {
  const header = readHeader(`#!lua
-- What it does.
-- KEYS: record, lines[] (of each lane, in any order), lanes[queued, line]
-- ARGV: id, letter? (none, say), ends[id, outcome ('a', 'b'),
--   envelope] (of each)
-- Answers 1.
--   not an argument
return 1`);
  expect(writeHeader(header)).toBe('record, lines[], lanes[queued, line] | id, letter?, ends[id, outcome, envelope]');
  expect(header.KEYS).toEqual([
    { name: 'record', isOptional: false },
    { name: 'lines', isOptional: false, each: [] },
    { name: 'lanes', isOptional: false, each: ['queued', 'line'] },
  ]);
});

test('none of either', () => {
  expect(readHeader('#!lua\nreturn 1')).toEqual({ KEYS: [], ARGV: [] });
});

test('what is no name is refused, and so is a name that comes twice', () => {
  expect(() => readHeader('-- KEYS: dead letters')).toThrow('"dead letters" is no name');
  expect(() => readHeader('-- ARGV: id,')).toThrow('"" is no name');
  expect(() => readHeader('-- ARGV: ends[the id]')).toThrow('"the id" is no name of a value');
  expect(() => readHeader('-- ARGV: id, code, id')).toThrow('names "id" twice');
});

test('what a snippet needs', () => {
  expect(readNeeds('-- Ends a call.\n-- Needs KEYS: open, outbox (where callbacks wait)\n')).toEqual({
    KEYS: ['open', 'outbox'],
    ARGV: [],
  });
});
