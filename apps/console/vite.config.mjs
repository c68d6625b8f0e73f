/**
 * How the console becomes files: named by their content, all from one origin, nothing inline. `npx vite apps/console` serves
 * it while it is worked on, over the API at INVOQ_URL.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const api = process.env.INVOQ_URL ?? 'http://127.0.0.1:3000';

export default defineConfig({
  root: at('.'),
  base: '/console/',
  resolve: { alias: { '@invoq': at('../../libs') } },
  server: { proxy: { '/v1': api, '/console/session': api } },
  build: {
    outDir: at('../../dist/console'),
    emptyOutDir: true,
    // The notices that the licences of what is bundled ask for; scripts/sbom.mjs names the packages from it.
    license: { fileName: 'licenses.json' },
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
});
