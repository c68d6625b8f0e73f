/** The functions that these tests call, named by deed. */
export const FUNCTIONS: Record<string, unknown> = {
  'functions.json': {
    functions: {
      hello: { contract: 'minapp' },
      helloAsync: { contract: 'minapp' },
      helloFails: { contract: 'minapp' },
      impatient: { timeoutMs: { sync: 300, async: 400 } },
      small: { memoryMb: 64 },
      tells: { environment: { GREETING: 'hi' } },
      nobody: { queue: 'nobody-serves' },
    },
  },
  'add.js': 'exports.main = (event, context, cb) => event.x + event.y',
  'addCallback.js': 'exports.main = (event, context, cb) => { setTimeout(() => cb(null, event.x + event.y), 5) }',
  'addCommon.cjs': 'exports.main = async (event) => event.x + event.y',
  'addModule.mjs': 'export const main = async (event) => event.x + event.y',
  'addDefault.mjs': 'export default (event) => event.x + event.y',
  'addTyped.ts':
    "import { sum } from './_sum';\nexport const main = (event: { x: number; y: number }): number => sum(event.x, event.y);",
  '_sum.ts': 'export enum Sign { Plus = 1 }\nexport const sum = (a: number, b: number): number => a + Sign.Plus * b;',
  'folder/index.js': "exports.main = () => require('./word')",
  'folder/word.js': "module.exports = 'from a folder'",
  'hello.js':
    'exports.main = function helloWorld(event, callback) { console.log(event); callback(null, `hello ${event.data.name}`) }',
  'helloAsync.js': 'exports.main = async (event) => ({ name: event.data.name, jobId: event.jobId })',
  'helloFails.js': "exports.main = (event, callback) => callback(new TypeError('nope'))",
  'echo.js': 'exports.main = (event) => event',
  'tells.js': `exports.main = (event, context) => ({
    context: JSON.parse(JSON.stringify(context)), remaining: context.remainingMs(), greeting: process.env.GREETING, keys: Object.keys(process.env),
  })`,
  'throws.js': "exports.main = () => { throw new TypeError('boom') }",
  'rejects.js': "exports.main = async () => { throw new RangeError('later') }",
  'callsBack.js': "exports.main = (event, context, cb) => { cb(new Error('called back')) }",
  'broken.js': 'exports.main = () => {',
  'hangs.js': 'exports.main = () => { for (;;) {} }',
  'waits.js': 'exports.main = async (event) => { await new Promise((r) => setTimeout(r, event.ms)); return event.ms }',
  'impatient.js': 'exports.main = (event) => new Promise((r) => setTimeout(r, event.ms, "done"))',
  'exits.js': 'exports.main = (event) => process.exit(event.code)',
  'kills.js': "exports.main = () => process.kill(process.pid, 'SIGKILL')",
  'grows.js': 'exports.main = () => { const kept = []; for (;;) kept.push(Buffer.alloc(4 << 20, 1)) }',
  'small.js': 'exports.main = () => { const kept = []; for (;;) kept.push(new Array(1e5).fill({}).map(() => ({}))) }',
  'floods.js':
    "exports.main = () => { const until = Date.now() + 1500; while (Date.now() < until) console.log('x'.repeat(200)); return 'done' }",
  'circles.js': 'exports.main = () => { const o = {}; o.o = o; return o }',
  'bigint.js': 'exports.main = () => 1n',
  'heavy.js': "exports.main = () => 'x'.repeat(17 << 20)",
  'nothing.js': 'exports.main = () => undefined',
  'logs.js':
    "exports.main = () => { console.log('out'); console.error('err'); process.stdout.write('raw\\n'); return 1 }",
  'progresses.js': `exports.main = async (event, context) => {
    context.progress(0.5); await new Promise((r) => setTimeout(r, event.ms)); context.progress({ rows: 10 }); return 'done' }`,
  'counts.js': `const { appendFileSync } = require('fs');
    exports.main = (event, context) => { appendFileSync(event.file, context.requestID + '\\n'); return context.requestID }`,
  'nobody.js': 'exports.main = () => 1',
  'nests.js': `exports.main = async (event) => {
    if (event.depth === 0) return 0
    const res = await fetch(process.env.INVOQ_URL + '/v1/functions/nests/invocations', {
      method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.INVOQ_TOKEN },
      body: JSON.stringify({ data: { depth: event.depth - 1 } }) })
    const answer = await res.json()
    if (answer.code !== 0) throw new Error(answer.error.message)
    return answer.data + 1
  }`,
};
