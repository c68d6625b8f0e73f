/** The examples as a newcomer has them, with what their own package.json asks for. */
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';
import { CLIENTS } from './vendor-stack';

const EXAMPLES = join(__dirname, '..', '..', 'examples');

let stack: Stack;
beforeAll(async () => {
  const folder = join(scratchDir('examples'), 'functions');
  cpSync(join(EXAMPLES, 'functions'), folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    symlinkSync(join(CLIENTS, 'node_modules', name), join(folder, 'node_modules', name));
  }
  stack = await startStack({ functions: folder });
}, 60_000);

test('the versions that the examples ask for are those that the doors are tested with', () => {
  const read = (folder: string): Record<string, string> =>
    (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies: Record<string, string> })
      .dependencies;
  expect(read(CLIENTS)).toMatchObject(read(join(EXAMPLES, 'functions')));
});

test("the CloudBase documentation's own example calls add by wx-server-sdk, without keys too", async () => {
  const { body } = await stack.http.post('/v1/functions/callAdd/invocations', {});
  expect(body).toMatchObject({ code: 0, data: 3 });
}, 30_000);
