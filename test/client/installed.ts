/** The built package, installed as its users have it: a copy in the node_modules of a folder of their own. */
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Client from '@invoq/client/index';
import { scratchDir } from '../harness/scratch';

export type Package = typeof Client;

const BUILT = join(__dirname, '..', '..', 'dist', 'client');

/** A folder in which `invoq-client` can be imported and required. */
export function installed(): string {
  if (!existsSync(join(BUILT, 'package.json'))) throw new Error(`${BUILT} is missing: run \`npm run build:client\``);
  const folder = scratchDir('uses-client');
  mkdirSync(join(folder, 'node_modules'));
  cpSync(BUILT, join(folder, 'node_modules', 'invoq-client'), { recursive: true });
  return folder;
}

/** The package as CommonJS. */
export function required(folder = installed()): Package {
  return createRequire(join(folder, 'program.cjs'))('invoq-client') as Package;
}
