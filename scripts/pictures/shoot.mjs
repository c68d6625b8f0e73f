/** Takes the pictures: each page by what a person does, light and dark. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const SIZE = { width: 1280, height: 760 };
const FLAGS = ['--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--force-color-profile=srgb'];

/** `shown`: requestIDs that are worth a picture. */
const PAGES = {
  overview: async (page, url) => page.goto(`${url}/console/`),
  invocations: async (page, url) => {
    await page.goto(`${url}/console/invocations`);
    const boxes = page.locator('.rows input');
    await boxes.nth(4).click();
    await boxes.nth(7).click({ modifiers: ['Shift'] });
  },
  invocation: async (page, url, shown) => page.goto(`${url}/console/invocations/${shown.retried}`),
  try: async (page, url) => {
    await page.goto(`${url}/console/functions/resizeImage`);
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.locator('.tree').first().waitFor();
  },
  queues: async (page, url) => page.goto(`${url}/console/queues`),
};

export async function takePictures({ url, shown, folder, program }) {
  mkdirSync(folder, { recursive: true });
  const browser = await chromium.launch({ executablePath: program, args: FLAGS });
  try {
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({
        viewport: SIZE,
        colorScheme,
        locale: 'en-GB',
        reducedMotion: 'reduce',
      });
      const page = await context.newPage();
      for (const [name, go] of Object.entries(PAGES)) {
        await go(page, url, shown);
        await page.locator('main').waitFor();
        await page.waitForTimeout(1_500);
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
      }
      await context.close();
    }
  } finally {
    await browser.close();
  }
}
