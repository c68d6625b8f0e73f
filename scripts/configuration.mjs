/** `node scripts/configuration.mjs`: writes docs/configuration.md from the settings of the built apps. */
import './node-version.mjs';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from './build.mjs';
import { configurationPage } from './configuration-page.mjs';
import { root } from './places.mjs';
import { say, tell } from './trouble.mjs';

await tell(async () => {
  await build();
  const load = createRequire(import.meta.url);
  const { API_SETTINGS } = load(join(root, 'dist/apps/api/settings.js'));
  const { WORKER_SETTINGS } = load(join(root, 'dist/apps/worker/settings.js'));
  process.chdir(root);
  writeFileSync(join(root, 'docs/configuration.md'), configurationPage(API_SETTINGS, WORKER_SETTINGS));
  say('Wrote docs/configuration.md');
});
