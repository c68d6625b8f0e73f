/** Callers of the Lua scripts, and the scripts, know the same names. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACK, type ScriptCalls } from '@invoq/store/scripts/script-calls';
import { readHeader } from '@invoq/store/scripts/script-header';
import { ScriptSources } from '@invoq/store/scripts/script-source';
import { scriptCalls } from './script-calls';

const FILE = join(__dirname, '../../libs/store/scripts/script-calls.ts');

test('script-calls.ts is what the headers of the scripts say', () => {
  const sources = new ScriptSources();
  const made = scriptCalls(new Map(sources.names().map((name) => [name, sources.read(name).header])));
  if (process.env.INVOQ_UPDATE === '1') writeFileSync(FILE, made);
  expect(readFileSync(FILE, 'utf8')).toBe(made);
});

test('a call becomes what Redis is sent, in the order of the header', () => {
  const lane = { queued: 'q', ready: 'l', turns: 't' };
  expect(PACK.pause({ keys: { lanes: [lane, lane] }, args: { verb: 'v', what: 'w', keepMs: 9 } }, 'sha')).toEqual(
    ['sha', '6', 'q', 'l', 't', 'q', 'l', 't', 'v', 'w', '9'],
  ); // prettier-ignore
  expect(PACK.release({ args: { attempt: 3, id: 'r' }, keys: { open: 'o', record: 'c' } }, 'sha')).toEqual([
    'sha', '2', 'c', 'o', 'r', '3',
  ]); // prettier-ignore
});

test('lists that others follow are counted, and what is left out is an empty text', () => {
  const made = scriptCalls(
    new Map([['a', readHeader('-- KEYS: each[]\n-- ARGV: id?, fields[], ends[id, code], last')]]),
  );
  expect(made).toContain(
    'args: { id?: Arg; fields: readonly Arg[]; ends: readonly { id: Arg; code: Arg }[]; last: Arg };',
  );
  expect(made.slice(made.indexOf('a: ({'), made.indexOf('return texts'))).toBe(`a: ({ keys, args }, sha) => {
    const texts = [sha, String(keys.each.length)];
    for (const each of keys.each) texts.push(each);
    texts.push(text(args.id ?? ''), String(args.fields.length));
    for (const each of args.fields) texts.push(text(each));
    texts.push(String(2 * args.ends.length));
    for (const each of args.ends) texts.push(text(each.id), text(each.code));
    texts.push(text(args.last));
    `);
});

/** Held by the compiler: each of these is an error, or the comment before it is one. */
export const WRONG: ScriptCalls['release'][] = [
  // @ts-expect-error `attempt` is missing.
  { keys: { record: 'c', open: 'o' }, args: { id: 'r' } },
  // @ts-expect-error there is no key `opne`.
  { keys: { record: 'c', opne: 'o' }, args: { id: 'r', attempt: 1 } },
  // @ts-expect-error there is no argument `tokenHash`.
  { keys: { record: 'c', open: 'o' }, args: { id: 'r', attempt: 1, tokenHash: 'h' } },
];
