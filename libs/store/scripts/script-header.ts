/**
 * What a script says of itself in its first comments. `-- KEYS:` and `-- ARGV:` name what it is given, in the order in which
 * Redis is given it; what stands in brackets ( ) is a remark, and lines that begin with `--   ` go on with the list:
 *
 *     -- KEYS: record, lines[] (a list), lanes[queued, line] (a list of rows with these values)
 *     -- ARGV: id, letter? ('' when it is left out), ends[id, outcome]
 *
 * A snippet, which other scripts include, says what it takes of theirs: `-- Needs KEYS: open, outbox`.
 */

/** One name: a value, a list of values (`each` is empty), or a list of rows (`each` names the values of a row). */
export interface Given {
  name: string;
  isOptional: boolean;
  each?: string[];
}

export type Table = 'KEYS' | 'ARGV';
export type Header = Record<Table, Given[]>;

export function readHeader(lua: string): Header {
  return { KEYS: givenIn(lua, 'KEYS:'), ARGV: givenIn(lua, 'ARGV:') };
}

/** What a snippet needs the scripts to have that include it. */
export function readNeeds(lua: string): Record<Table, string[]> {
  const namesIn = (start: string): string[] => givenIn(lua, start).map(({ name }) => name);
  return { KEYS: namesIn('Needs KEYS:'), ARGV: namesIn('Needs ARGV:') };
}

/** The same header as one text, to tell whether two are the same. */
export function writeHeader({ KEYS, ARGV }: Header): string {
  return `${KEYS.map(written).join(', ')} | ${ARGV.map(written).join(', ')}`;
}

function written({ name, isOptional, each }: Given): string {
  return `${name}${isOptional ? '?' : ''}${each === undefined ? '' : `[${each.join(', ')}]`}`;
}

function givenIn(lua: string, start: string): Given[] {
  const lines = lua.split('\n');
  const first = lines.findIndex((line) => line.startsWith(`-- ${start}`));
  if (first === -1) return [];
  let text = lines[first].slice(`-- ${start}`.length);
  for (let i = first + 1; lines[i]?.startsWith('--   '); i++) text += ` ${lines[i].slice('--   '.length)}`;
  const given = parts(withoutRemarks(text)).map(readGiven);
  for (const { name } of given) {
    if (given.filter((other) => other.name === name).length > 1) throw new Error(`${start} names "${name}" twice`);
  }
  return given;
}

function withoutRemarks(text: string): string {
  let [depth, rest] = [0, ''];
  for (const character of text) {
    if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (depth === 0) rest += character;
  }
  return rest;
}

/** Cut at the commas that stand in no brackets. */
function parts(text: string): string[] {
  return text.split(/,(?![^[]*\])/).map((part) => part.trim());
}

function readGiven(text: string): Given {
  const [, name, optional, , each] = /^([a-z]\w*)(\?)?(\[([^\]]*)\])?$/.exec(text) ?? [];
  if (name === undefined) throw new Error(`"${text}" is no name of a key or an argument`);
  if (each === undefined) return { name, isOptional: optional !== undefined };
  const values = each.trim() === '' ? [] : parts(each);
  for (const value of values) if (!/^[a-z]\w*$/.test(value)) throw new Error(`"${value}" is no name of a value`);
  return { name, isOptional: false, each: values };
}
