/** Writes `libs/store/scripts/script-calls.ts`: how each Lua script is called, from the header that it has. */
import { type Given, type Header, type Table, writeHeader } from '@invoq/store/scripts/script-header';

const WIDTH = 120;

const HEAD = `/**
 * How the Lua scripts are called: made from their headers, not by hand. After a change of a header:
 * \`INVOQ_UPDATE=1 npx jest --selectProjects unit --testPathPatterns script-calls\`
 */

type Arg = string | number;

const text = (value: Arg): string => (typeof value === 'string' ? value : String(value));
`;

export function scriptCalls(headers: Map<string, Header>): string {
  const all = [...headers];
  return [
    HEAD,
    'export interface ScriptCalls {',
    ...all.map(([name, header]) => callType(name, header)),
    '}\n',
    '/** What `EVALSHA` is sent for a call: the hash of the script, how many keys there are, these, and the arguments. */',
    'export const PACK: { [S in keyof ScriptCalls]: (call: ScriptCalls[S], sha: string) => string[] } = {',
    ...all.map(([name, header]) => packer(name, header)),
    '};\n',
    '/** As the callers know them; a script that has another one is not loaded. */',
    'export const HEADERS: { [S in keyof ScriptCalls]: string } = {',
    ...all.map(([name, header]) => {
      const text = `'${writeHeader(header)}'`;
      const line = `  ${name}: ${text},`;
      return line.length <= WIDTH ? line : `  ${name}:\n    ${text},`;
    }),
    '};\n',
  ].join('\n');
}

const SIDES: [Table, 'keys' | 'args', string][] = [
  ['KEYS', 'keys', 'string'],
  ['ARGV', 'args', 'Arg'],
];

function callType(name: string, header: Header): string {
  const sides = SIDES.filter(([table]) => header[table].length > 0).map(([table, side, type]) => {
    const members = header[table].map((given) => `${given.name}${given.isOptional ? '?' : ''}: ${typeOf(given, type)}`);
    return `    ${filled(`${side}: { `, members, '; ', ' };', '    ')}`;
  });
  return `  ${name}: {\n${sides.join('\n')}\n  };`;
}

function typeOf({ each }: Given, type: string): string {
  if (each === undefined) return type;
  if (each.length === 0) return `readonly ${type}[]`;
  return `readonly { ${each.map((value) => `${value}: ${type}`).join('; ')} }[]`;
}

function packer(name: string, header: Header): string {
  const numberOfKeys = counted(header.KEYS);
  const values = ['sha', numberOfKeys];
  const rest: string[] = [];
  const used = new Set<string>();
  /** The last line of `rest` pushes values that one more may follow. */
  let isOpen = false;
  for (const [table, side] of SIDES) {
    header[table].forEach((given, i) => {
      used.add(side);
      const of = `${side}.${given.name}`;
      const plain = (value: string): string => (table === 'KEYS' ? value : `text(${value})`);
      const push = (...some: string[]): void => {
        if (rest.length === 0) values.push(...some);
        else if (isOpen) rest.push(`${rest.pop()!.slice(0, -2)}, ${some.join(', ')});`);
        else rest.push(`    texts.push(${some.join(', ')});`);
        isOpen = rest.length > 0;
      };
      if (given.each === undefined) return push(plain(given.isOptional ? `${of} ?? ''` : of));
      if (i < header[table].length - 1) push(`String(${lengthOf(of, given.each)})`);
      const each = given.each.length === 0 ? ['each'] : given.each.map((value) => `each.${value}`);
      rest.push(`    for (const each of ${of}) texts.push(${each.map(plain).join(', ')});`);
      isOpen = false;
    });
  }
  const call = `({ ${[...used].join(', ')} }, sha)`;
  if (rest.length === 0) return `  ${filled(`${name}: ${call} => [`, values, ', ', '],', '  ')}`;
  return [
    `  ${name}: ${call} => {`,
    `    ${filled('const texts = [', values, ', ', '];', '    ')}`,
    ...rest.map((line) => (line.length <= WIDTH ? line : broken(line))),
    '    return texts;',
    '  },',
  ].join('\n');
}

function counted(keys: Given[]): string {
  const single = keys.filter(({ each }) => each === undefined).length;
  const lists = keys.flatMap(({ name, each }) => (each === undefined ? [] : [lengthOf(`keys.${name}`, each)]));
  if (lists.length === 0) return `'${single}'`;
  return `String(${[...(single > 0 ? [String(single)] : []), ...lists].join(' + ')})`;
}

function lengthOf(of: string, each: string[]): string {
  return each.length > 1 ? `${each.length} * ${of}.length` : `${of}.length`;
}

/** On one line where it fits, else as many on each as fit. */
function filled(start: string, parts: string[], between: string, end: string, margin: string): string {
  const one = `${start}${parts.join(between)}${end}`;
  if (margin.length + one.length <= WIDTH) return one;
  const lines = [''];
  for (const part of parts) {
    const piece = `${part}${between}`;
    if (`${margin}  ${lines[lines.length - 1]}${piece}`.trimEnd().length > WIDTH) lines.push('');
    lines[lines.length - 1] += piece;
  }
  const inner = lines.map((line) => `${margin}  ${line.trimEnd()}`).join('\n');
  return `${start.trimEnd()}\n${inner}\n${margin}${end.trimStart()}`;
}

function broken(line: string): string {
  const [, start, parts] = /^( *(?:for .*?)?texts\.push)\((.*)\);$/.exec(line) as unknown as [string, string, string];
  return filled(`${start.trimStart()}(`, parts.split(', '), ', ', ');', '    ').replace(/^/, '    ');
}
