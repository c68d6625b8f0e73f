/** Memory of a process and of those that it started, from /proc. `pss`: pages that several share are divided among them. */
import { readdirSync, readFileSync } from 'node:fs';

const KB = 1_024;

/** @returns {{ own: Memory, children: Memory[] }} bytes; `children`: with theirs */
export function processMemory(pid) {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), parentOf(name)]),
  );
  const isBelow = (each) => each !== undefined && (each === pid || isBelow(parents.get(each)));
  const children = [...parents].filter(([, parent]) => isBelow(parent)).map(([child]) => memoryOf(child));
  return { own: memoryOf(pid), children: children.filter(({ rss }) => rss > 0) };
}

function memoryOf(pid) {
  const text = read(`/proc/${pid}/smaps_rollup`);
  const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * KB;
  return { rss: field('Rss'), pss: field('Pss') };
}

function parentOf(pid) {
  const text = read(`/proc/${pid}/stat`);
  return text === '' ? undefined : Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
