/** Debian's Chromium, driven by playwright-core. Undefined when the machine has none and may not install it. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PATH = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(): Promise<Browser | undefined> {
  if (!existsSync(PATH) && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    try {
      execFileSync('apt-get', ['update'], { stdio: 'ignore', timeout: 120_000 });
      execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
        stdio: 'ignore',
        timeout: 300_000,
      });
    } catch {
      // Told below, by its name.
    }
  }
  if (existsSync(PATH)) return chromium.launch({ executablePath: PATH, args: FLAGS });
  console.warn('Left out: the console in a browser. There is no /usr/bin/chromium, and it could not be installed.');
  return undefined;
}
