/** The examples that users meet first are all sound, and found as what they are. */
import { join, resolve } from 'node:path';
import type { Program } from '@invoq/contract/function';
import { Catalog } from './catalog';

const dir = resolve(__dirname, '../../examples/functions');
const catalog = new Catalog({ dirs: [{ env: 'default', dir }] });
beforeAll(() => catalog.load());
afterAll(() => catalog.close());

test('no example has a problem', async () => {
  expect([...catalog.problems(), ...(await catalog.check())]).toEqual([]);
});

test.each<[string, string, Partial<Program>]>([
  ['add', 'add.js', { format: 'cjs', contract: 'cloudbase' }],
  ['addCallback', 'addCallback.js', { format: 'cjs', contract: 'cloudbase' }],
  ['callAdd', 'callAdd.js', { format: 'cjs', contract: 'cloudbase' }],
  ['fails', 'fails.js', { format: 'cjs' }],
  ['hangs', 'hangs.js', { format: 'cjs', timeoutMs: { sync: 1_000, async: 2_000 } }],
  ['hashFile', 'hashFile.cjs', { format: 'cjs' }],
  ['helloWorld', 'helloWorld.js', { format: 'cjs', contract: 'minapp' }],
  ['longReport', 'longReport.ts', { format: 'compiled', timeoutMs: { sync: 5_000, async: 600_000 } }],
  ['summarizeFile', 'summarizeFile.mjs', { format: 'esm' }],
])('%s', async (name, file, program) => {
  expect(await catalog.find('default', name)).toMatchObject({ ...program, name, file: join(dir, file) });
});

test('shared code and settings are no functions', () => {
  expect(catalog.specs()).toHaveLength(9);
});
