/** What a function writes is kept, in order and by level, up to the cap; a flood costs the function, not us. Progress too. */
import type { LogLine } from '../call/call';
import type { Executor } from '../executor';
import { code, executor, fixture, result, run, texts, until } from '../fixtures/stand';

let on: Executor;
beforeAll(async () => {
  on = executor({ maxLogBytes: 64 * 1024 });
  await on.start([128]);
});
afterAll(() => on.stop(0));

describe('logs', () => {
  it('have the level and stream they were written with', async () => {
    const program = code(`exports.main = () => {
      console.debug('d'); console.log('l %s', 1); console.info('i'); console.warn('w'); console.error('e');
      process.stdout.write('raw out\\n'); process.stderr.write('raw err\\n');
      console.log('two\\nlines'); process.stdout.write(Buffer.from('unended ä'));
    }`);
    const streamed: LogLine[] = [];
    const ran = await run(on, program, {}, {}, { onLog: (line) => streamed.push(line) });
    expect(ran.logs.map(({ level, stream, text }) => `${level} ${stream} ${text}`)).toEqual([
      'debug stdout d',
      'info stdout l 1',
      'info stdout i',
      'warn stderr w',
      'error stderr e',
      'info stdout raw out',
      'error stderr raw err',
      'info stdout two',
      'info stdout lines',
      'info stdout unended ä',
    ]);
    expect(streamed).toEqual(ran.logs);
    expect(ran.logs.every(({ time }) => Math.abs(Date.parse(time) - Date.now()) < 5_000)).toBe(true);
    expect(ran.logsCut).toBe(false);
  });

  it('hold what was written past console, before the answer', async () => {
    const program = code(`exports.main = () => {
      require('fs').writeSync(1, 'by descriptor\\n');
      require('child_process').execSync('echo by a child; echo its error >&2', { stdio: 'inherit' });
    }`);
    for (let i = 0; i < 20; i++) {
      const ran = await run(on, program);
      expect(texts(ran).sort()).toEqual(['by a child', 'by descriptor', 'its error']);
    }
  });

  it('belong to their call alone', async () => {
    const program = code(`
      let n = 0;
      exports.main = (event, context, callback) => { console.log('call', ++n); callback(null, n); console.log('after', n); }`);
    for (let i = 1; i <= 5; i++) {
      const late: string[] = [];
      await new Promise<void>((over) => {
        void run(on, program, {}, {}, { onLate: ({ text }) => late.push(text), onOver: over }).then((ran) =>
          late.unshift(...texts(ran)),
        );
      });
      await until('its lines are there', () => late.length === 2);
      expect(late).toEqual([`call ${i}`, `after ${i}`]);
    }
  });

  it.each(['console', 'raw', 'unended', 'empty', 'child'])(
    'of a flood are cut, and the result is normal: %s',
    async (how) => {
      const before = process.memoryUsage.rss();
      let cheapestMs = Infinity;
      // 20 to 200 ms are usual. Collections of a full heap count as well, so the cheapest flood of three is looked at.
      for (let flood = 0; flood < 3 && cheapestMs >= 700; flood++) {
        const cpu = process.cpuUsage();
        const ran = await run(on, fixture('floods.cjs'), { how, ms: 1_000 });
        const used = process.cpuUsage(cpu);
        expect(ran.ending).toEqual({ outcome: 'succeeded', result: '"done"' });
        expect(ran.logsCut).toBe(true);
        expect(ran.logs.at(-1)!.text).toContain('cut');
        expect(ran.logs.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)).toBeLessThan(66_000);
        expect(ran.runMs).toBeLessThan(2_500);
        cheapestMs = Math.min(cheapestMs, (used.user + used.system) / 1_000);
      }
      expect(cheapestMs).toBeLessThan(700);
      expect(process.memoryUsage.rss() - before).toBeLessThan(60e6);
      expect(await result(on, fixture('adds.cjs'), { x: 1, y: 1 })).toBe(2);
    },
  );
});

describe('progress', () => {
  it('is throttled, and the last value is always sent', async () => {
    const program = code(`exports.main = async (event, context) => {
      for (let i = 1; i <= 60; i++) { context.progress(i); await new Promise((r) => setTimeout(r, 5)); }
      context.progress({ done: true });
    }`);
    const seen: string[] = [];
    const ran = await run(on, program, {}, {}, { onProgress: (json) => seen.push(json) });
    expect(ran.ending.outcome).toBe('succeeded');
    expect(seen[0]).toBe('1');
    expect(seen.at(-1)).toBe('{"done":true}');
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(seen.length).toBeLessThanOrEqual(Math.ceil(ran.runMs / 100) + 2);
  });

  it('that cannot be sent is said in the log', async () => {
    const program = code(
      `exports.main = (event, { progress }) => { progress('x'.repeat(9000)); progress(1n); progress(() => 1); return 'fine'; }`,
    );
    const seen: string[] = [];
    const ran = await run(on, program, {}, {}, { onProgress: (json) => seen.push(json) });
    expect(ran.ending).toEqual({ outcome: 'succeeded', result: '"fine"' });
    expect(seen).toEqual([]);
    expect(ran.logs.map(({ level, text }) => `${level} ${text.slice(0, 29)}`)).toEqual(
      Array(3).fill('warn context.progress was not sent'),
    );
  });

  it('after the answer is not heard', async () => {
    const program = code(`exports.main = (e, context, callback) => { callback(null, 1); context.progress(2); }`);
    const seen: string[] = [];
    await run(on, program, {}, {}, { onProgress: (json) => seen.push(json) });
    await run(on, program, {}, {}, { onProgress: (json) => seen.push(json) });
    expect(seen).toEqual([]);
  });
});
