/**
 * @cloudbase/js-sdk, its build for browsers, bundled as a page would have it, in a page of jsdom's. jsdom has no fetch; it
 * is given Node's, which knows no CORS.
 */
const path = require('node:path');
const openPage = require('./page.cjs');

const ROOT = path.join(__dirname, '../../..');

module.exports = async ({ origin, host, init }) => {
  const window = openPage(origin);
  const { Headers, Request, Response, AbortController, AbortSignal } = globalThis;
  // Node's fetch takes no signal but Node's own.
  Object.assign(window, { fetch, Headers, Request, Response, AbortController, AbortSignal, TextEncoder, TextDecoder });
  window.eval(await bundle());
  const app = window.cloudbase.init(init);
  app.registerHost(host, 'http');
  return (call) => app.callFunction(call);
};

async function bundle() {
  const { build } = require(require.resolve('esbuild', { paths: [ROOT] }));
  const { outputFiles } = await build({
    stdin: {
      contents: "import cloudbase from '@cloudbase/js-sdk'; window.cloudbase = cloudbase;",
      resolveDir: __dirname,
    },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    logLevel: 'error',
  });
  return outputFiles[0].text;
}
