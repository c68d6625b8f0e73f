/** Functions that are written into two envs at the same moment are both served. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { startStack } from '../harness/stack';
import { until } from '../harness/until';

const ROUNDS = 8;
const LIMIT_MS = 20_000;

it('both are called, every time', async () => {
  const root = scratchDir('envs');
  for (const env of ['ra', 'rb']) {
    mkdirSync(join(root, env));
    writeFileSync(join(root, env, 'first.js'), 'exports.main = () => 0;');
  }
  const functions = `ra=${join(root, 'ra')},rb=${join(root, 'rb')}`;
  const stack = await startStack({ functions, env: { INVOQ_WATCH: 'true' } });
  for (let round = 0; round < ROUNDS; round++) {
    for (const env of ['ra', 'rb']) writeFileSync(join(root, env, `f${round}.js`), `exports.main = () => ${round};`);
    for (const env of ['ra', 'rb']) {
      const call = () => stack.http.post(`/v1/functions/f${round}/invocations`, {}, { 'x-invoq-env': env });
      await until(`${env}/f${round} answers`, async () => (await call()).body.data === round, LIMIT_MS);
    }
  }
  await stack.stop();
}, 120_000);
