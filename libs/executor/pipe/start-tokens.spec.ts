/** A token has one reader, however the sandbox and its worker race for it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { StartTokens } from './start-tokens';

let dir: string;
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'invoq-tokens-'))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function open(): StartTokens {
  const tokens = StartTokens.open(join(dir, 'tokens'));
  if (tokens === undefined) throw new Error('no file for tokens');
  return tokens;
}

it('gives back what nobody has read, once, and leaves no file', () => {
  const tokens = open();
  const put = Array.from({ length: 100 }, () => tokens.put());
  expect([...tokens.takeBack()].slice(0, 100)).toEqual(put);
  expect(tokens.takeBack().size).toBe(0);
  const next = tokens.put()!;
  expect(tokens.takeBack().has(next)).toBe(true);
  tokens.close();
  expect([tokens.put(), tokens.takeBack().size]).toEqual([undefined, 0]);
  expect(readdirSync(dir)).toEqual([]);
});

it('gives a call no token that was taken back ahead of it', () => {
  const tokens = open();
  const [first] = [tokens.put()!, tokens.put()];
  const taken = [...tokens.takeBack()];
  expect(taken[0]).toBe(first);
  const next = tokens.put()!;
  expect(taken).not.toContain(next);
  expect(tokens.takeBack().has(next)).toBe(true);
  tokens.close();
});

it('is not there where no file can be made', () => {
  expect(StartTokens.open(join(dir, 'missing', 'tokens'))).toBeUndefined();
});

/** Reads tokens one by one, as a sandbox does, until it is told to end; prints those it has. */
const READER = `
  const { readSync } = require('fs'), bytes = Buffer.alloc(4), mine = [];
  const take = () => { while (readSync(3, bytes, 0, 4, null) === 4) mine.push(bytes.readUInt32LE(0)); };
  let over = false;
  const turn = () => { take(); if (over) process.stdout.write(JSON.stringify(mine), () => process.exit()); else setImmediate(turn); };
  process.stdin.on('data', () => process.stdout.write('up ')).on('end', () => { over = true; }).resume();
  turn();`;

it('has one reader for each of 20,000 tokens, while both read', async () => {
  const tokens = open();
  const reader = spawn(process.execPath, ['-e', READER], { stdio: ['pipe', 'pipe', 'inherit', tokens.fd] });
  let said = '';
  const isUp = new Promise<void>((resolve) => reader.stdout!.on('data', (chunk) => ((said += chunk), resolve())));
  const isOver = new Promise<void>((resolve) => reader.on('exit', () => resolve()));
  reader.stdin!.write('\n');
  await isUp;
  const ours: number[] = [];
  for (let n = 0; n < 20_000; n++) {
    tokens.put();
    if (n % 7 === 0) ours.push(...tokens.takeBack());
    if (n % 50 === 0) await turn();
  }
  reader.stdin!.end();
  await isOver;
  const theirs = JSON.parse(said.slice(said.indexOf('['))) as number[];
  expect(theirs.length).toBeGreaterThan(0);
  expect(ours.length).toBeGreaterThan(0);
  const all = [...ours, ...theirs].sort((a, b) => a - b);
  expect(all.length).toBeGreaterThanOrEqual(20_000);
  expect(all).toEqual(all.map((_, n) => n + 1));
  tokens.close();
});
