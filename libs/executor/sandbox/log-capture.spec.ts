/** Lines come out whole and in order, and never more of them than the cap. */
import { LogCapture } from './log-capture';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

describe('LogCapture', () => {
  it('joins parts into lines, per stream, and keeps the last unended one', () => {
    const seen: string[] = [];
    const capture = new LogCapture(10_000, (line) => seen.push(line.text));
    capture.write('console', 'stdout', 'info', AT, 'one\ntw');
    capture.write('console', 'stderr', 'error', AT + 1, 'err\r\n');
    capture.write('console', 'stdout', 'warn', AT + 2, 'o\n\nthree');
    expect(seen).toEqual(['one', 'err', 'two', '']);
    capture.flush();
    expect(capture.lines).toEqual([
      { time: '2026-01-02T03:04:05.678Z', level: 'info', stream: 'stdout', text: 'one' },
      { time: '2026-01-02T03:04:05.679Z', level: 'error', stream: 'stderr', text: 'err' },
      { time: '2026-01-02T03:04:05.678Z', level: 'info', stream: 'stdout', text: 'two' },
      { time: '2026-01-02T03:04:05.680Z', level: 'warn', stream: 'stdout', text: '' },
      { time: '2026-01-02T03:04:05.680Z', level: 'warn', stream: 'stdout', text: 'three' },
    ]);
    expect(capture.cut).toBe(false);
  });

  it.each([
    ['lines', 'x'.repeat(90) + '\n'],
    ['empty lines', '\n'],
    ['one line without an end', 'é'.repeat(50)],
  ])('stops at the cap, with a mark: %s', (_, text) => {
    const capture = new LogCapture(1_000);
    for (let i = 0; i < 1_000; i++) capture.write('console', 'stdout', 'info', AT, text);
    capture.flush();
    expect(capture.cut).toBe(true);
    expect(capture.lines.at(-1)!.text).toContain('cut');
    const kept = capture.lines.slice(0, -1);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.reduce((sum, line) => sum + Buffer.byteLength(line.text) + 24, 0)).toBeLessThanOrEqual(1_000);
  });
});
