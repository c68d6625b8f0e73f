/** docs/sizing.md and `invoq size` have the units that were measured. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { UNITS } from '../../libs/policy/sizing/measured-units';
import { root } from '../../scripts/places.mjs';
import { END, START, unitsTable } from './table.mjs';

const measured = JSON.parse(readFileSync(join(root, 'bench/units.json'), 'utf8'));

test('the calculator has them', () => expect(UNITS).toEqual(measured));

test('the tables of the page are made of them', () => {
  const page = readFileSync(join(root, 'docs/sizing.md'), 'utf8');
  expect(page.slice(page.indexOf(START) + START.length, page.indexOf(END)).trim()).toBe(unitsTable(measured));
});
