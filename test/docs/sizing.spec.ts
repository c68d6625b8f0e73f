/** The sums in docs/sizing.md are those of `invoq size`. `INVOQ_UPDATE=1` writes them anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../apps/cli/commands/size';
import { Output } from '../../apps/cli/output/output';
import { program } from '../../apps/cli/program';
import type { Use } from '../../apps/cli/use';

const PAGE = join(__dirname, '../../docs/sizing.md');
const EXAMPLE = /(```sh\nnode_modules\/\.bin\/invoq size (.*)\n```\n\n```text\n)([\s\S]*?)(```)/g;
const page = readFileSync(PAGE, 'utf8');

async function printed(args: string): Promise<string> {
  const command = program().commands.find((each) => each.name() === 'size')!;
  command.parseOptions(args.split(' '));
  let text = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((piece) => Boolean((text += String(piece))));
  try {
    await run({ options: command.opts(), out: new Output(false) } as Use as Parameters<typeof run>[0]);
  } finally {
    write.mockRestore();
  }
  return text;
}

/** Not at once: all of them write to one stdout. */
async function inTurn(all: string[]): Promise<string[]> {
  const texts: string[] = [];
  for (const args of all) texts.push(await printed(args));
  return texts;
}

test('both examples', async () => {
  const examples = [...page.matchAll(EXAMPLE)];
  expect(examples).toHaveLength(2);
  const sums = await inTurn(examples.map(([, , args]) => args));
  if (process.env.INVOQ_UPDATE) {
    let at = 0;
    writeFileSync(
      PAGE,
      page.replace(EXAMPLE, (_, before: string, __, ___, end: string) => `${before}${sums[at++]}${end}`),
    );
    return;
  }
  expect(examples.map(([, , , text]) => text)).toEqual(sums);
});
