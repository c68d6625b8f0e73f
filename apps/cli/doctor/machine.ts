/** This machine: Node and disks. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { bytesText } from '../output/lengths';
import { type Check, fail, ok, warn } from './check';

const OLDEST: [major: number, minor: number] = [20, 19];
const MIB = 1_048_576;
const WARN_PART = 0.1;
const FAIL_BYTES = 200 * MIB;

export function nodeCheck(version = process.versions.node): Check {
  const [major, minor] = version.split('.').map(Number);
  const isNewEnough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  if (isNewEnough) return ok('node', `Node ${version}`);
  return fail('node', `Node ${version} is too old`, `Install Node ${OLDEST.join('.')} or newer; 24 is best.`);
}

/** INVOQ_DATA, and INVOQ_BLOBS when that is a folder. */
export function diskChecks({ INVOQ_DATA, INVOQ_BLOBS }: Record<string, string | undefined>): Check[] {
  const data = resolve(INVOQ_DATA || '.data');
  const checks = [diskCheck('disk.data', data, 'INVOQ_DATA')];
  if (INVOQ_BLOBS && !INVOQ_BLOBS.startsWith('s3://')) {
    checks.push(diskCheck('disk.blobs', resolve(INVOQ_BLOBS), 'INVOQ_BLOBS'));
  }
  return checks;
}

function diskCheck(name: string, folder: string, variable: string): Check {
  const there = existing(folder);
  if (!statSync(there).isDirectory()) return fail(name, `${there} is no folder`, `Name a folder by ${variable}.`);
  const { bavail, blocks, bsize } = statfsSync(there);
  const free = bavail * bsize;
  const said = `${bytesText(free)} free for ${folder}`;
  const next = `Free some space there, or name another folder by ${variable}.`;
  if (free < FAIL_BYTES) return fail(name, said, next);
  if (!isWritable(there)) {
    const give = `Give it to the user of the API and the workers, or name another folder by ${variable}.`;
    return warn(name, `this user may not write to ${there}`, give);
  }
  return free < blocks * bsize * WARN_PART ? warn(name, said, next) : ok(name, said);
}

/** A folder that is made at the first start is on the disk of the one above it. */
function existing(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : existing(dirname(folder));
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
