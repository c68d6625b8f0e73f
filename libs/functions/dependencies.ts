/** Packages that functions name and that are not installed, or too old to find their way here: reported at the start. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** From this one on, calls of functions to functions come here. */
const FIRST_SDK = [2, 3, 3];

export interface Notice {
  /** Of which package.json. */
  file: string;
  message: string;
}

/** `folder`: one with a package.json, or without: then there is nothing to say. */
export async function dependencyNotices(folder: string): Promise<Notice[]> {
  const file = join(folder, 'package.json');
  const wanted = (await json(file))?.dependencies;
  if (typeof wanted !== 'object' || wanted === null) return [];
  const notices: Notice[] = [];
  const missing: string[] = [];
  for (const [name, range] of Object.entries(wanted)) {
    const installed = await installedVersion(folder, name);
    if (installed === undefined) missing.push(name);
    if (name === 'wx-server-sdk' && isOldSdk(installed, String(range))) {
      const which = installed ?? String(range);
      notices.push({ file, message: `wx-server-sdk ${which} does not call functions here: use 2.3.3 or later` });
    }
  }
  if (missing.length > 0) {
    const message = `not installed: ${missing.join(', ')}. Run npm install in ${folder}, or node scripts/invoq.mjs install for all functions`;
    notices.push({ file, message });
  }
  return notices;
}

/** As Node finds a package: in the folder's node_modules, then in those above it. */
async function installedVersion(folder: string, name: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await json(join(at, 'node_modules', name, 'package.json'));
    if (found) return typeof found.version === 'string' ? found.version : '';
    if (at === dirname(at)) return undefined;
  }
}

/** What is not installed goes by the range: `^2.1.0` is installed as a later one. */
function isOldSdk(installed: string | undefined, range: string): boolean {
  const text = installed ?? range;
  const numbers = /(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?/
    .exec(text)
    ?.slice(1)
    .map((digits) => Number(digits ?? 0));
  if (!numbers || (installed === undefined && numbers[0] >= 2 && !/^[~=v\d]/.test(range))) return false;
  const at = numbers.findIndex((number, i) => number !== FIRST_SDK[i]);
  return at !== -1 && numbers[at] < FIRST_SDK[at];
}

async function json(file: string): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
