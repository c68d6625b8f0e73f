/** docs/configuration.md lists the settings that there are, with the defaults that they have. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_SETTINGS } from '../../apps/api/settings';
import { WORKER_SETTINGS } from '../../apps/worker/settings';
import { configurationPage } from '../../scripts/configuration-page.mjs';

const PAGE = readFileSync(join(__dirname, '..', '..', 'docs', 'configuration.md'), 'utf8');

it('is what `node scripts/configuration.mjs` writes', () => {
  expect(PAGE).toBe(configurationPage(API_SETTINGS, WORKER_SETTINGS));
});

it('has every setting of both apps', () => {
  const all = [...Object.values(API_SETTINGS), ...Object.values(WORKER_SETTINGS)];
  expect(all.filter(({ env }) => !PAGE.includes(`| \`${env}\``)).map(({ env }) => env)).toEqual([]);
});
