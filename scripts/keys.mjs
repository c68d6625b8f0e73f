/** `npm run keys -- create|list|revoke`: the built command line of the API's keys file, built first when it must be. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { root } from './places.mjs';

const ENTRY = join(root, 'dist/apps/api/keys-cli.js');

/** @param {string[]} args a command, for `revoke` and perhaps `create` an id, then flags */
export async function keys(args) {
  // Only the key may stand on stdout, so that a script can take it from there.
  console.log = console.error;
  await install();
  await build();
  const child = spawn(process.execPath, [ENTRY, ...asFlags(args)], { stdio: 'inherit' });
  process.exitCode = await new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code) => done(code ?? 1));
  });
}

/** The settings of a process are flags; what stands before the first one is its command and the key's id. */
function asFlags(args) {
  const end = args.findIndex((arg) => arg.startsWith('-'));
  const [command, id, ...more] = end < 0 ? args : args.slice(0, end);
  const flags = end < 0 ? [] : args.slice(end);
  return [...(command ? ['--do', command] : []), ...(id ? ['--id', id] : []), ...more, ...flags];
}
