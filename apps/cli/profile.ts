/** The profile that `invoq login` keeps: an API and the key for it, in a file that its owner alone may read. */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { inheritedEnv } from '@invoq/host/inherited-env';
import { UsageError } from './faults';

export interface Profile {
  url: string;
  key?: string;
  env?: string;
}

/** `$XDG_CONFIG_HOME/invoq/profile.json`, by default in ~/.config. */
export function profileFile(): string {
  const { XDG_CONFIG_HOME, HOME } = inheritedEnv();
  return join(XDG_CONFIG_HOME || join(HOME || homedir(), '.config'), 'invoq', 'profile.json');
}

/** Undefined: there is none. */
export function readProfile(file = profileFile()): Profile | undefined {
  let text: string;
  try {
    if ((statSync(file).mode & 0o077) !== 0) {
      throw new UsageError(`${file} can be read by others, and holds a key.`, `chmod 600 ${file}`);
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const profile = JSON.parse(text) as Profile;
    if (typeof profile.url === 'string') return profile;
  } catch {
    // Told below.
  }
  throw new UsageError(`${file} is no profile of Invoq.`, 'Make it anew: invoq login');
}

export function writeProfile(profile: Profile, file = profileFile()): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, `${JSON.stringify(profile, null, 2)}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
}

/** Whether there was one. */
export function dropProfile(file = profileFile()): boolean {
  try {
    rmSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
