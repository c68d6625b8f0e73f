/** `invoq completion bash|zsh|fish`: a script made of the very commands and options that there are. */
import type { Command } from 'commander';
import { UsageError } from '../faults';
import type { Use } from '../use';

interface Word {
  /** Of the command line so far, without options: `pause queue`. */
  at: string;
  word: string;
  description: string;
}

const SCRIPTS: Record<string, (words: Word[]) => string> = { bash, zsh, fish };
const HOW: Record<string, string> = {
  bash: 'source <(invoq completion bash)   # in ~/.bashrc',
  zsh: 'source <(invoq completion zsh)    # in ~/.zshrc, after compinit',
  fish: 'invoq completion fish | source    # in ~/.config/fish/config.fish',
};

export async function run({ args: [shell], command, out }: Use): Promise<void> {
  const script = SCRIPTS[shell];
  if (!script)
    throw new UsageError(`There is no completion for "${shell}".`, `One of: ${Object.keys(SCRIPTS).join(', ')}`);
  out.line(`# ${HOW[shell]}\n${script(wordsOf(command.parent!))}`);
}

function wordsOf(invoq: Command, at = ''): Word[] {
  const options = [...(at === '' ? [] : invoq.options), ...rootOf(invoq).options].flatMap(({ long, description }) =>
    long ? [{ at, word: long, description }] : [],
  );
  const commands = invoq.commands.map((each) => ({ at, word: each.name(), description: each.description() }));
  const below = invoq.commands.flatMap((each) => wordsOf(each, `${at} ${each.name()}`.trim()));
  return [...commands, ...options, { at, word: '--help', description: 'show help' }, ...below];
}

function rootOf(command: Command): Command {
  return command.parent ? rootOf(command.parent) : command;
}

/** The words that may follow, by what stands before. */
function byPlace(words: Word[]): Map<string, Word[]> {
  const places = new Map<string, Word[]>();
  for (const word of words) places.set(word.at, [...(places.get(word.at) ?? []), word]);
  return places;
}

function cases(words: Word[], line: (words: Word[]) => string): string {
  return [...byPlace(words)].map(([at, those]) => `    '${at}') ${line(those)} ;;`).join('\n');
}

/** Commands may have commands of their own: the longest beginning that is known says what follows. */
const PLACE = `  local at='' word
  for word in "\${before[@]}"; do
    [[ $word == -* ]] && continue
    case "\${at:+$at }$word" in
__KNOWN__) at="\${at:+$at }$word" ;;
    esac
  done`;

function place(words: Word[]): string {
  const known = [...byPlace(words).keys()].filter((at) => at !== '').map((at) => `'${at}'`);
  return PLACE.replace('__KNOWN__', `      ${known.join('|')}`);
}

function bash(words: Word[]): string {
  return `_invoq() {
  local before=("\${COMP_WORDS[@]:1:COMP_CWORD-1}") words
${place(words)}
  case "$at" in
${cases(words, (those) => `words='${those.map(({ word }) => word).join(' ')}'`)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _invoq invoq`;
}

function zsh(words: Word[]): string {
  const quoted = ({ word, description }: Word): string => `'${word}:${description.replace(/'/g, "'\\''")}'`;
  return `_invoq() {
  local -a before those
  before=("\${(@)words[2,CURRENT-1]}")
${place(words)}
  case "$at" in
${cases(words, (those) => `those=(${those.map(quoted).join(' ')})`)}
  esac
  _describe invoq those || _files
}
compdef _invoq invoq`;
}

function fish(words: Word[]): string {
  const quoted = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;
  const known = [...byPlace(words).keys()].filter((at) => at !== '').map(quoted);
  const lines = words.map(({ at, word, description }) => {
    const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
    return `complete -c invoq -n ${quoted(`__invoq_at ${quoted(at)}`)} ${what} -d ${quoted(description)}`;
  });
  return `function __invoq_at
  set -l at
  for word in (commandline -opc)[2..]
    set -l next (string join -- ' ' $at $word)
    contains -- $next ${known.join(' ')}; and set at $next
  end
  test "$at" = "$argv[1]"
end
${lines.join('\n')}`;
}
