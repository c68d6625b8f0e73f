import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { LiveMap } from './live-map';
import { LiveSet } from './live-set';

/** Around the numbers at which it changes its ways: 48 up, 24 down. */
const SIZES = [1, 2, 24, 25, 47, 48, 49, 200];

describe('LiveMap', () => {
  it.each(SIZES)('holds %i entries as a Map does', (size) => {
    const [map, model] = [new LiveMap<string, number>(), new Map<string, number>()];
    const agree = (): void => {
      expect(map.size).toBe(model.size);
      expect(map.keys()).toEqual([...model.keys()]);
      expect(map.values()).toEqual([...model.values()]);
      expect(map.first).toBe([...model.values()][0]);
    };
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < size; i++) {
        map.set(`k${i}`, i);
        model.set(`k${i}`, i);
      }
      map.set('k0', -1);
      model.set('k0', -1);
      agree();
      for (let i = 0; i < size; i++) {
        // From both ends and the middle.
        const key = `k${(i * 7) % size}`;
        expect(map.has(key)).toBe(model.has(key));
        expect(map.get(key)).toBe(model.get(key));
        expect(map.delete(key)).toBe(model.delete(key));
        expect(map.delete(key)).toBe(false);
        if (i % 8 === 0) agree();
      }
      for (const key of [...model.keys()]) {
        map.delete(key);
        model.delete(key);
      }
      agree();
    }
    map.set('x', 1);
    map.clear();
    expect([map.size, map.get('x'), map.first]).toEqual([0, undefined, undefined]);
  });

  it('lets entries come and go while one walks through it', () => {
    const set = new LiveSet<string>();
    for (const one of ['a', 'b', 'c']) set.add(one);
    const seen: string[] = [];
    for (const one of set) {
      seen.push(one);
      set.delete(one);
      set.add(`${one}${one}`);
    }
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(set.values()).toEqual(['aa', 'bb', 'cc']);
  });

  it.each([1, 3, 16])('keeps nothing of what has left it, with %i entries at a time; a Map does', (live) => {
    const [kept, keptByMap] = [keptBy('LiveMap', live), keptBy('Map', live)];
    // Of about 100 MB. Seen: 2 MB, and 14 to 50 MB.
    expect(kept).toBeLessThan(5);
    expect(keptByMap).toBeGreaterThan(8);
  });
});

/** MB that scavenges move into the old generation while 100,000 objects pass through a map that stands there itself. */
function keptBy(name: string, live: number): number {
  const { outputText } = transpileModule(readFileSync(join(__dirname, 'live-map.ts'), 'utf8'), {
    compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 },
  });
  const churn = `
    const map = new ${name === 'Map' ? name : `exports.${name}`}();
    map.set('first', {});
    gc();
    map.delete('first');
    for (let i = 0; i < 100_000; i++) {
      map.set('id-' + i, { list: new Array(100).fill(i) });
      map.delete('id-' + (i - ${live - 1}));
    }`;
  const said = execFileSync(process.execPath, [
    '--expose-gc',
    '--trace-gc',
    '-e',
    `const exports = {}; ${outputText}; ${churn}`,
  ]);
  const after = [...String(said).matchAll(/Scavenge [\d.]+ \([\d.]+\) -> ([\d.]+)/g)].map(([, mb]) => Number(mb));
  const steady = after.slice(5);
  expect(steady.length).toBeGreaterThan(3);
  return steady.slice(1).reduce((sum, mb, i) => sum + Math.max(0, mb - steady[i]), 0);
}
