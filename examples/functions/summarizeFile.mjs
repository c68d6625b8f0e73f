// An ES module that streams a CSV file, by `url` or by `path` under _data/, and sums up each column.
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const DATA = path.join(path.dirname(fileURLToPath(import.meta.url)), '_data');
const PROGRESS_EACH_LINES = 500;
const MAX_DISTINCT = 1_000;

export async function main(event, context) {
  const source =
    event.url === undefined ? await openFile(event.path ?? 'orders.csv') : await openUrl(event.url, context);
  const read = { bytes: 0 };
  let columns;
  let rows = 0;
  for await (const line of linesOf(source.stream, read)) {
    if (line === '') continue;
    const cells = splitCsv(line);
    if (columns === undefined) {
      columns = cells.map((name) => new Column(name));
      continue;
    }
    columns.forEach((column, at) => column.take(cells[at] ?? ''));
    rows++;
    if (rows % PROGRESS_EACH_LINES === 0) {
      context.progress(source.bytes ? Math.min(read.bytes / source.bytes, 1) : { rows });
      context.signal.throwIfAborted();
    }
  }
  return { source: source.name, bytes: read.bytes, rows, columns: (columns ?? []).map((column) => column.summary()) };
}

/** One line at a time, however long the file; an error of the stream is an error of the loop. */
async function* linesOf(stream, read) {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    read.bytes += chunk.length;
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    rest = lines.pop();
    yield* lines;
  }
  yield rest + decoder.decode();
}

async function openFile(name) {
  const [folder, file] = await Promise.all([realpath(DATA), realpath(path.resolve(DATA, name))]);
  if (!file.startsWith(folder + path.sep)) throw new RangeError(`path must stay inside ${DATA}`);
  return { name, bytes: (await stat(file)).size, stream: createReadStream(file) };
}

async function openUrl(url, context) {
  const response = await fetch(url, { signal: context.signal });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return { name: url, bytes: Number(response.headers.get('content-length')), stream: Readable.fromWeb(response.body) };
}

/** What one column holds: numbers are summed, other texts are counted. */
class Column {
  numbers = 0;
  empty = 0;
  sum = 0;
  min = Infinity;
  max = -Infinity;
  counts = new Map();

  constructor(name) {
    this.name = name;
  }

  take(cell) {
    const value = Number(cell);
    if (cell === '') {
      this.empty++;
    } else if (Number.isFinite(value)) {
      this.numbers++;
      this.sum += value;
      this.min = Math.min(this.min, value);
      this.max = Math.max(this.max, value);
    } else if (this.counts.has(cell) || this.counts.size < MAX_DISTINCT) {
      this.counts.set(cell, (this.counts.get(cell) ?? 0) + 1);
    }
  }

  summary() {
    const { name, empty, numbers, min, max } = this;
    if (numbers > 0 && this.counts.size === 0) {
      return { name, empty, min, max, sum: round(this.sum), mean: round(this.sum / numbers) };
    }
    const top = [...this.counts].sort((a, b) => b[1] - a[1]).slice(0, 5);
    return { name, empty, distinct: this.counts.size, top: Object.fromEntries(top) };
  }
}

function splitCsv(line) {
  if (!line.includes('"')) return line.split(',');
  const cells = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)];
  return cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
}

function round(value) {
  return Math.round(value * 100) / 100;
}
