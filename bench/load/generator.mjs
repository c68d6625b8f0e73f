/** Which program makes the HTTP load of a run: wrk where it can be had, else autocannon. The same one for every rival. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { say } from '../../scripts/trouble.mjs';
import { bringWrk } from './bring-wrk.mjs';

export const GENERATORS = ['wrk', 'autocannon'];

/**
 * @param {string} [wanted] one of GENERATORS; without it wrk, and autocannon when wrk cannot be had
 * @returns {Promise<{ name: string, what: string, start: (processes: object, name: string) => Promise<object> }>}
 *   `start` gives a peer whose `ask({ url, requests, callers, seconds, calls, expect, status })` answers with a sample
 */
export async function chooseGenerator(wanted) {
  if (wanted === 'autocannon') return autocannon();
  try {
    return await wrk();
  } catch (error) {
    if (wanted === 'wrk') throw error;
    say(`Using autocannon for the load, which takes a core for itself: ${error.message}`);
    return autocannon();
  }
}

async function wrk() {
  const { program, version } = await bringWrk();
  return {
    name: 'wrk',
    what: `wrk ${version} with one thread`,
    start: (processes, name) => processes.peer(name, join(import.meta.dirname, 'wrk.mjs'), { program }),
  };
}

function autocannon() {
  const file = createRequire(import.meta.url).resolve('autocannon/package.json');
  return {
    name: 'autocannon',
    what: `autocannon ${JSON.parse(readFileSync(file, 'utf8')).version}`,
    start: (processes, name) => processes.peer(name, join(import.meta.dirname, 'autocannon.mjs')),
  };
}
