/** The check and `JSON.parse` agree on every text: held to texts made of JSON’s own pieces. */
import { isJson, JsonCheck } from './json-text';

const PIECES = ['{', '}', '[', ']', ',', ':', '"', '\\', '\\u', '0', '1', '-', '.', 'e', '+', 'true', 'null', 'false', ' ', '\n', 'a', '\u0001', '"a"', 'é', '\\u00e9', '{"a":1}', '[]', '1e5', '\u00a0']; // prettier-ignore

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Park and Miller's, so that a failure can be told again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

it('agrees with JSON.parse', () => {
  const pick = random(1 + (Date.now() % 1_000_000));
  let valid = 0;
  for (let i = 0; i < 200_000; i++) {
    let text = '';
    for (let left = 1 + pick(7); left > 0; left--) text += PIECES[pick(PIECES.length)];
    const expected = parses(text);
    if (expected) valid++;
    if (isJson(text, 64) !== expected) throw new Error(`of ${JSON.stringify(text)} it says ${!expected}`);
  }
  expect(valid).toBeGreaterThan(1_000);
});

it('tells what is too deep from what is no JSON', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  expect(new JsonCheck(nested(64), 64).step()).toBe('json');
  expect(new JsonCheck(nested(65), 64).step()).toBe('deep');
  expect(new JsonCheck(`${nested(2)}]`, 64).step()).toBe('broken');
  expect(new JsonCheck('1,"requestID":"forged"}', 64).step()).toBe('broken');
});

it('takes a large text in steps, and says the same', () => {
  const text = JSON.stringify(Array.from({ length: 50_000 }, (_, id) => ({ id, name: `name of ${id} "\\` })));
  for (const [given, verdict] of [
    [text, 'json'],
    [`${text}x`, 'broken'],
    [text.slice(0, -1), 'broken'],
  ] as const) {
    const check = new JsonCheck(given, 64);
    let steps = 1;
    let said = check.step();
    for (; said === undefined; said = check.step()) steps++;
    expect(said).toBe(verdict);
    expect(steps).toBeGreaterThan(4);
  }
});
