/** Frames survive being cut anywhere, and nonsense is refused. */
import { frame, FrameError, FrameReader } from './frames';

function readAll(bytes: Buffer, step: number): unknown[] {
  const seen: unknown[] = [];
  const reader = new FrameReader(
    (kind, head, body) => seen.push([kind, head, body]),
    () => 1 << 20,
  );
  for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step));
  return seen;
}

describe('frames', () => {
  const bytes = Buffer.concat([
    frame(1, { a: 'ä' }, '{"x":"日本"}'),
    frame(2),
    frame(3, undefined, 'body only'),
    frame(4, { only: 'head' }),
    frame(5, {}, 'x'.repeat(5_000)),
  ]);
  const whole = [
    [1, { a: 'ä' }, '{"x":"日本"}'],
    [2, undefined, ''],
    [3, undefined, 'body only'],
    [4, { only: 'head' }, ''],
    [5, {}, 'x'.repeat(5_000)],
  ];

  it.each([1, 2, 3, 7, 64, 1_000, 1 << 20])('are read whole from chunks of %i bytes', (step) => {
    expect(readAll(bytes, step)).toEqual(whole);
  });

  it('are refused at the first byte that begins none, when too large, and when the head is not JSON', () => {
    expect(() => readAll(Buffer.from('garbage from user code'), 100)).toThrow(FrameError);
    expect(() => readAll(Buffer.from('\n'), 100)).toThrow(FrameError);
    expect(() => readAll(Buffer.from([0xfe, 1, 0, 0, 0, 1, 0, 0, 0, 0]), 100)).toThrow(FrameError);
    expect(() => readAll(Buffer.from([0xfe, 1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]), 3)).toThrow(FrameError);
    expect(() => readAll(Buffer.from([0xfe, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0x7b]), 100)).toThrow(FrameError);
    expect(() => readAll(Buffer.concat([frame(1), Buffer.from('x'), frame(1)]), 1)).toThrow(FrameError);
  });
});
