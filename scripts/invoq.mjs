#!/usr/bin/env node
/**
 * `node_modules/.bin/invoq`, the command line in a checkout (it is in no registry). What starts processes or edits files of
 * this checkout is a script; everything else is the built command line, apps/cli. See docs/cli.md.
 */
import './node-version.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const [what, ...args] = process.argv.slice(2);

/** Loaded only when they are asked for: `invoq --help` is fast, and an older Node hears its one line first. */
const SCRIPTS = {
  start: async () => (await import('./everything.mjs')).startEverything(),
  api: async () => (await import('./one-app.mjs')).startOneApp('api', args),
  worker: async () => (await import('./one-app.mjs')).startOneApp('worker', args),
  'drain-here': async () => (await import('./built-cli.mjs')).builtCli('apps/worker/drain-cli.js', args),
  keys: async () => (await import('./keys.mjs')).keys(args),
  'callback-secret': async () => (await import('./built-cli.mjs')).builtCli('apps/worker/callback-secret-cli.js', args),
  install: async () => (await import('./install-functions.mjs')).installFunctions(args),
};

if (Object.hasOwn(SCRIPTS, what ?? '')) {
  const { tell } = await import('./trouble.mjs');
  await tell(SCRIPTS[what]);
} else {
  const cli = join(import.meta.dirname, '..', 'dist', 'apps', 'cli', 'main.js');
  if (!existsSync(cli)) await buildFirst();
  if (what === 'doctor') await knowRedisOfStart();
  await import(cli);
}

async function buildFirst() {
  // Only what the command answers may stand on stdout.
  const say = console.log;
  console.log = console.error;
  const { install } = await import('./install.mjs');
  const { build } = await import('./build.mjs');
  const { report } = await import('./trouble.mjs');
  try {
    await install();
    await build();
  } catch (error) {
    report(error);
    process.exit(1);
  }
  console.log = say;
}

/** The Redis of an `npm start` that runs here. */
async function knowRedisOfStart() {
  if (process.env.REDIS_URL || process.env.REDIS_URL_FILE) return;
  const { Running } = await import('./running.mjs');
  const { dataDir } = await import('./places.mjs');
  const url = Running.find(dataDir())?.redisUrl;
  if (url) process.env.REDIS_URL = url;
}
