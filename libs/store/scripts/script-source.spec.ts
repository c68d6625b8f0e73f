/** What is wrong with a script is said when it is loaded, by the name of its file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ScriptSources } from './script-source';

const folder = mkdtempSync(join(tmpdir(), 'invoq-scripts-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Each in a folder of its own. */
function sourcesOf(files: Record<string, string>): ScriptSources {
  const root = mkdtempSync(join(folder, 'some-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return new ScriptSources(root);
}

const SNIPPET = '-- Ends a call.\n-- Needs KEYS: outbox\nlocal function ended()\n  return KEYS.outbox\nend\n';

test('a snippet takes the keys of whoever includes it, wherever they stand', () => {
  const sources = sourcesOf({
    'ends/end.lua': SNIPPET,
    'ends/finish.lua': '#!lua\n-- KEYS: open, outbox\n-- include end\nreturn ended()\n',
    'chores/sweep.lua': '#!lua\n-- KEYS: outbox\n-- include end\nreturn ended()\n',
  });
  expect(sources.names()).toEqual(['finish', 'sweep']);
  expect(sources.read('finish').lua).toContain('return KEYS[2]');
  expect(sources.read('sweep').lua).toContain('return KEYS[1]');
});

test.each([
  ['a snippet that needs what the script does not have', { 'a.lua': '#!lua\n-- KEYS: open\n-- include end', 'end.lua': SNIPPET }, 'a.lua: end.lua needs KEYS.outbox'],
  ['a snippet that does not say what it needs', { 'a.lua': '#!lua\n-- KEYS: open\n-- include end', 'end.lua': 'return KEYS.open' }, 'a.lua: end.lua uses KEYS.open, and does not say that it needs it'],
  ['a name that nothing is given by', { 'a.lua': '#!lua\n-- KEYS: open\nreturn KEYS.opne' }, 'a.lua: KEYS.opne is not named in its header'],
  ['a snippet that is not there', { 'a.lua': '#!lua\n-- include lost' }, 'a.lua: there is no lost.lua'],
])('%s is refused', (_, files, fault) => {
  expect(() => sourcesOf(files).read('a')).toThrow(fault);
}); // prettier-ignore

test('a name that two files have is refused', () => {
  expect(() => sourcesOf({ 'one/end.lua': '', 'two/end.lua': '' })).toThrow('end.lua is there twice');
});
