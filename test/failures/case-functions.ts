/** Functions that the cases call, named by what they do. Each writes down its start before anything else. */
import type { Starts } from '../harness/starts';

export function caseFunctions(starts: Starts): Record<string, unknown> {
  const main = (body: string): string =>
    `exports.main = async (event, context) => { ${starts.statement()} ${body} };\n` +
    `const sleep = (ms) => new Promise((done) => setTimeout(done, ms));\n`;
  return {
    'adds.js': main('return event.x + event.y;'),
    /** Takes `ms`, and says which attempt it was. */
    'takes.js': main('await sleep(event.ms); return { n: event.n, attempt: context.attempt };'),
    /** Stays in its first `times` attempts (1 by default), and returns in the next. */
    'staysFirst.js': main(
      'if (context.attempt <= (event.times ?? 1)) await sleep(120000); return { attempt: context.attempt };',
    ),
    /** Is at work until a file is there. */
    'waitsForFile.js': main(
      "const { existsSync } = require('node:fs'); while (!existsSync(event.file)) await sleep(20); return { attempt: context.attempt };",
    ),
    // Not before its worker listens: it takes calls a moment earlier, and whoever started it waits for that.
    'killsItsWorker.js': main("await sleep(2000); process.kill(process.ppid, 'SIGKILL'); await sleep(120000);"),
  };
}
