/**
 * Reads what Redis itself wrote down: each change to each record, in order, from its append-only file. It shows how often
 * an end was written, where the record as it stands shows only the last one.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPacked } from '@invoq/store/record/packed-record';

export interface RecordHistory {
  /** Envelopes, as they were written. */
  ends: string[];
  /** Attempt numbers, as they were claimed. */
  claims: number[];
}

const RECORD = /^\{invoq:\d+\}:inv:([0-9a-f-]{36})$/;

/** By requestID. `dir`: the folder of the Redis. */
export function readHistories(dir: string): Map<string, RecordHistory> {
  const histories = new Map<string, RecordHistory>();
  const unpacked = new Set<string>();
  for (const file of incrementsIn(join(dir, 'appendonlydir'))) {
    for (const words of commandsIn(readFileSync(file))) {
      const requestID = RECORD.exec(words[1])?.[1];
      if (requestID === undefined) continue;
      const history = histories.get(requestID) ?? { ends: [], claims: [] };
      histories.set(requestID, history);
      const command = words[0].toLowerCase();
      // A packed record is made a hash: it says what it said before.
      if (command === 'del') unpacked.add(requestID);
      if (command === 'append') history.claims.push(1);
      if (command === 'set' && words[2].startsWith('succeeded ')) {
        history.ends.push(readPacked(words[2])!.get('envelope')!);
      }
      if (command !== 'hset' || unpacked.delete(requestID)) continue;
      for (let i = 2; i + 1 < words.length; i += 2) {
        if (words[i] === 'envelope') history.ends.push(words[i + 1]);
        if (words[i] === 'attempt' && words[i + 1] !== '0') history.claims.push(Number(words[i + 1]));
      }
    }
  }
  return histories;
}

function incrementsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const number = (name: string): number => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1]);
  const names = readdirSync(folder).filter((name) => name.endsWith('.incr.aof'));
  return names.sort((a, b) => number(a) - number(b)).map((name) => join(folder, name));
}

/** Commands in Redis's protocol: `*<words>`, then `$<length>` and the bytes of each. The last may be cut short. */
function* commandsIn(bytes: Buffer): Generator<string[]> {
  let at = 0;
  const header = (): number => {
    const end = bytes.indexOf('\r\n', at);
    const value = end < 0 ? NaN : Number(bytes.toString('latin1', at + 1, end));
    at = end + 2;
    return value;
  };
  while (at < bytes.length) {
    // Redis may put notes of its own between commands.
    if (bytes[at] === 0x23) {
      at = bytes.indexOf('\n', at) + 1;
      continue;
    }
    const count = header();
    if (Number.isNaN(count)) return;
    const words: string[] = [];
    for (let i = 0; i < count; i++) {
      const length = header();
      if (Number.isNaN(length) || at + length > bytes.length) return;
      words.push(bytes.toString('utf8', at, at + length));
      at += length + 2;
    }
    yield words;
  }
}
