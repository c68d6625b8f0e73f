/**
 * Makes the pictures of the console in docs/pictures, light and dark: `node scripts/pictures.mjs`. `--serve`: starts the
 * same fleet on port 3100 and leaves it to look at.
 */
import './node-version.mjs';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { Demo } from './pictures/demo.mjs';
import { root } from './places.mjs';
import { freePort } from './ports.mjs';
import { onStopSignals } from './stop-signals.mjs';
import { Trouble, say, tell } from './trouble.mjs';

const SERVED_AT = 3100;
/** Debian's. */
const CHROMIUM = '/usr/bin/chromium';

await tell(async () => {
  const serves = process.argv.includes('--serve');
  const stopping = new AbortController();
  onStopSignals({ first: () => stopping.abort(), second: () => process.exit(1) });
  const data = mkdtempSync(join(tmpdir(), 'invoq-pictures-'));
  await build({});
  const demo = await Demo.start({ data, port: serves ? SERVED_AT : await freePort(), signal: stopping.signal });
  try {
    const shown = await demo.fill();
    if (!serves) {
      if (!existsSync(CHROMIUM)) throw new Trouble(`There is no ${CHROMIUM} to take pictures with.`);
      const { takePictures } = await import('./pictures/shoot.mjs');
      await takePictures({ url: demo.url, shown, folder: join(root, 'docs', 'pictures'), program: CHROMIUM });
    } else {
      say(`${demo.url}/console/ ${JSON.stringify(shown)}; Ctrl-C stops`);
      await new Promise((done) => stopping.signal.addEventListener('abort', done));
    }
  } finally {
    await demo.stop();
    rmSync(data, { recursive: true, force: true });
  }
});
