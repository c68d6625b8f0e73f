/** The functions that clients call in these tests. */
export const FUNCTIONS: Record<string, unknown> = {
  'functions.json': {
    functions: { helloWorld: { contract: 'minapp' }, hangs: { timeoutMs: { sync: 500, async: 500 } } },
  },
  'add.js': `exports.main = (event) => event.x + event.y;`,
  'echo.js': `exports.main = (event) => event;`,
  'helloWorld.js': `exports.main = function (event, callback) { callback(null, 'hello ' + event.data.name); };`,
  'throws.js': `exports.main = () => { console.log('before'); throw new TypeError('no such luck'); };`,
  'hangs.js': `exports.main = () => { for (;;); };`,
  'exits.js': `exports.main = () => process.exit(7);`,
  'waits.js': `exports.main = (event) => new Promise((done) => setTimeout(done, event.ms, 'waited'));`,
  'large.js': `exports.main = (event) => event.letter.repeat(event.bytes - 2);`,
  'downloads.js': `
    const { createHash } = require('node:crypto');
    exports.main = async (event) => {
      const response = await fetch(event.file);
      const bytes = Buffer.from(await response.arrayBuffer());
      return {
        got: typeof event.file,
        status: response.status,
        type: response.headers.get('content-type'),
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      };
    };`,
};
