/**
 * Runs a command line of the built apps. What is built runs as it is: an installation without its development packages
 * must not have them installed below its running processes.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { root } from './places.mjs';

/** @param {string} entry path in dist @param {string[]} args flags */
export async function builtCli(entry, args) {
  // Only what the command answers may stand on stdout, so that a script can take it from there.
  console.log = console.error;
  const built = join(root, 'dist', entry);
  if (!existsSync(built)) {
    await install();
    await build();
  }
  const child = spawn(process.execPath, [built, ...args], { stdio: 'inherit' });
  process.exitCode = await new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code) => done(code ?? 1));
  });
}
