/** docs/cli.md has every command and option that `invoq --help` has, in the same words, and no other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { exitCodesText } from '../../apps/cli/exit-codes';
import { program } from '../../apps/cli/program';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'cli.md'), 'utf8');
/** By the name of its command. */
const sections = new Map(
  page
    .split(/^### invoq /m)
    .slice(1)
    .map((text) => [text.split('\n')[0], text]),
);
const inOneLine = (text: string): string => text.replace(/\s+/g, ' ');

test('a section for each command, in the order of the help', () => {
  expect([...sections.keys()]).toEqual(program().commands.map((command) => command.name()));
});

test.each(program().commands.map((command) => [command.name(), command] as const))('invoq %s', (name, command) => {
  const section = sections.get(name) ?? '';
  // An example comes first, then what it does.
  expect(section).toMatch(/^[^\n]+\n\n```sh/);
  expect(section).toContain(`invoq ${name}`);
  expect(inOneLine(section)).toContain(command.description());
  const parts = partsOf(command);
  expect(rowsOf(section, 'option')).toEqual([
    ...new Set(parts.flatMap(({ options }) => options.map((each) => `\`${each.flags}\` | ${each.description}`))),
  ]);
  for (const part of command.commands) expect(section).toContain(`| \`${name} ${part.name()} <`.slice(0, -2));
});

test('the exit codes', () => {
  const rows = exitCodesText()
    .split('\n')
    .flatMap((line) => (/^ {2}\d/.test(line) ? [line.trim().replace(/ {2,}/, ' | ')] : []));
  expect(rowsOf(page, 'exit code')).toEqual(rows);
});

function partsOf(command: Command): Command[] {
  return [command, ...command.commands];
}

/** The rows of the table whose first head is this. */
function rowsOf(text: string, head: string): string[] {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  if (at < 0) return [];
  const end = lines.findIndex((line, i) => i > at && !line.startsWith('|'));
  return lines.slice(at + 2, end < 0 ? undefined : end).map((line) => line.slice(2, -2).trim());
}
