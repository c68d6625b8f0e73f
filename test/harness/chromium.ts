/** Debian's Chromium, driven by playwright-core. It is installed when it is missing, where that can be done. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { atEnd } from './at-end';

const PROGRAM = '/usr/bin/chromium';
const INSTALL_LIMIT_MS = 240_000;
/** As root it has no sandbox; the rest keeps it from speaking to anybody but the page's servers. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Its path; undefined: there is none here, and none can be brought. */
export function chromiumHere(): string | undefined {
  if (existsSync(PROGRAM)) return PROGRAM;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined;
  try {
    const options = { stdio: 'ignore', timeout: INSTALL_LIMIT_MS } as const;
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { ...options, env });
  } catch {
    return undefined;
  }
  return existsSync(PROGRAM) ? PROGRAM : undefined;
}

/** `args`: flags on top of ours. Closed with the suite. */
export async function startChromium(executablePath: string, args: string[] = []): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, headless: true, args: [...FLAGS, ...args] });
  atEnd(() => browser.close());
  return browser;
}
