/** The completion of each shell, in that shell: which words may come next, and no others. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programHere } from '../harness/program-here';
import { scratchDir } from '../harness/scratch';
import { invoq } from './invoq';

const LIMIT_MS = 60_000;
const folder = scratchDir('completion');

async function scriptOf(shell: string): Promise<string> {
  const { code, stdout } = await invoq(['completion', shell]);
  expect(code).toBe(0);
  const file = join(folder, `invoq.${shell}`);
  writeFileSync(file, stdout);
  return file;
}

function ran(shell: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(shell, args, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder, TERM: 'dumb', LC_ALL: 'C.UTF-8' },
    timeout: LIMIT_MS,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/** What each shell offers behind these words; the last one is begun. */
const OFFERED: Record<string, (file: string, words: string[]) => string[]> = {
  bash: (file, words) => {
    const line = `source ${file}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
    return ran('bash', ['--norc', '-c', `${line}; _invoq; printf '%s\\n' "\${COMPREPLY[@]}"`])
      .trim()
      .split('\n');
  },
  // What the completion hands to zsh is written down instead of shown.
  zsh: (file, words) => {
    const line = `words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}`;
    const received = `compdef() { : }; _files() { : }; _describe() { print -rl -- "\${(@P)2}" }`;
    return ran('zsh', ['-f', '-c', `${received}; source ${file}; ${line}; _invoq`])
      .trim()
      .split('\n')
      .map((each) => each.split(':')[0])
      .filter((word) => word.startsWith(words.at(-1)!));
  },
  fish: (file, words) =>
    ran('fish', ['--no-config', '-c', `source ${file}; complete -C '${words.join(' ')}'`])
      .trim()
      .split('\n')
      .map((each) => each.split('\t')[0]),
};

const GLOBAL = ['--url', '--env', '--json', '--version', '--help'];

describe.each(['bash', 'zsh', 'fish'])('%s', (shell) => {
  const check = programHere(shell, `completion of ${shell}`) ? it : it.skip;
  let file: string;
  beforeAll(async () => {
    file = await scriptOf(shell);
  });
  const offered = (...words: string[]): string[] => OFFERED[shell](file, ['invoq', ...words]).sort();

  check('commands by how they begin', () => {
    expect(offered('pau')).toEqual(['pause']);
    expect(offered('li')).toEqual(['list']);
  });

  check('the commands of a command, and then their options only', () => {
    expect(offered('pause', '').filter((word) => !word.startsWith('-'))).toEqual(['function', 'queue']);
    expect(offered('pause', 'queue', '--')).toEqual([...GLOBAL, '--reason'].sort());
  });

  check('options of the command at hand, not of others of its name', () => {
    expect(offered('dead-letters', 'list', '--')).toEqual([...GLOBAL, '--cursor', '--limit'].sort());
    expect(offered('list', '--has')).toEqual(['--has-error']);
    expect(offered('list', '--json', '--min')).toEqual(['--min-run']);
  });
});

(programHere('zsh', 'completion of zsh on a terminal') ? it : it.skip)('zsh completes on a terminal', async () => {
  const file = await scriptOf('zsh');
  const typed = `zmodload zsh/zpty
    zpty z 'TERM=dumb PS1=READY zsh -f -i'
    zpty -r -m z said '*READY*'
    zpty -w z 'autoload -Uz compinit; compinit -u -D; source ${file}; print LOADE""D'
    zpty -r -m z said '*LOADED*READY*'
    zpty -w -n z $'invoq pau\\t'
    zpty -r -m z said '*invoq pause *'
    print -rn -- "$said"
    zpty -d z`;
  expect(ran('zsh', ['-f', '-c', typed])).toContain('invoq pause');
});
