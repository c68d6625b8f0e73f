/**
 * Redis numbers what a script is given; scripts name it. When a script is loaded each name becomes its number:
 *
 *     KEYS.record, ARGV.id              a value
 *     KEYS.lines[i]                     the value of a list at `i`
 *     ARGV.ends[i].outcome              a value of the row that begins at `i`
 *     ARGV.ends.first, .last, .step     where the list begins and ends, and how many values a row has
 *
 * Of a list that others follow the number of values is sent before it.
 */
import type { Given, Header, Table } from './script-header';

const LIST_VALUE = /\b(KEYS|ARGV)\.(\w+)\[([^[\]]+)\](?:\.(\w+))?/g;
const LIST_BOUND = /\b(KEYS|ARGV)\.(\w+)\.(\w+)/g;
const VALUE = /\b(KEYS|ARGV)\.(\w+)/g;
/** A position that a script would know by itself. */
const NUMBERED = /\b(KEYS|ARGV)\s*\[|#\s*(KEYS|ARGV)\b(?!\.)/;

/** The script as Redis runs it. */
export function withNumbers(lua: string, header: Header): string {
  const numbered = NUMBERED.exec(lua);
  if (numbered) throw new Error(`"${numbered[0]}": keys and arguments are called by their names`);
  const places = { KEYS: placesOf(header.KEYS, 'KEYS'), ARGV: placesOf(header.ARGV, 'ARGV') };
  const placeOf = (table: Table, name: string): Place => {
    const place = places[table].get(name);
    if (place === undefined) throw new Error(`${table}.${name} is not named in its header`);
    return place;
  };
  return lua
    .replace(LIST_VALUE, (_, table: Table, name: string, at: string, value?: string) => {
      return `${table}[${at}${offsetIn(placeOf(table, name), table, value)}]`;
    })
    .replace(LIST_BOUND, (whole: string, table: Table, name: string, bound: string) => {
      const { first, last, each } = placeOf(table, name);
      if (each === undefined) throw new Error(`${table}.${name} is no list`);
      const known: Record<string, string> = { first, last, step: String(Math.max(1, each.length)) };
      if (known[bound] === undefined) throw new Error(`${whole}: a list has first, last and step`);
      return known[bound];
    })
    .replace(VALUE, (_, table: Table, name: string) => {
      const { first, each } = placeOf(table, name);
      if (each !== undefined) throw new Error(`${table}.${name} is a list`);
      return `${table}[${first}]`;
    });
}

/** All names that a text uses of one table. */
export function namesUsed(lua: string, table: Table): string[] {
  return [...new Set([...lua.matchAll(VALUE)].filter(([, of]) => of === table).map(([, , name]) => name))];
}

interface Place {
  /** Lua: the number of its first value, and of a list that of its last. */
  first: string;
  last: string;
  each?: string[];
}

function placesOf(given: Given[], table: Table): Map<string, Place> {
  const places = new Map<string, Place>();
  /** The next one's number is `next`, and as much more as the lists before it are long. */
  let [next, more] = [1, ''];
  given.forEach(({ name, each }, i) => {
    const number = (n: number): string => (more === '' ? String(n) : `(${n}${more})`);
    if (each === undefined) {
      places.set(name, { first: number(next), last: number(next) });
      next++;
    } else if (i === given.length - 1) {
      places.set(name, { first: number(next), last: `#${table}`, each });
    } else {
      const length = ` + ${table}[${number(next)}]`;
      const first = number(next + 1);
      more += length;
      places.set(name, { first, last: number(next), each });
      next++;
    }
  });
  return places;
}

function offsetIn({ each }: Place, table: Table, value?: string): string {
  if (each === undefined) throw new Error(`${table}: only a list has values by number`);
  if (value === undefined) {
    if (each.length > 0) throw new Error(`a row of ${table} has values by name: ${each.join(', ')}`);
    return '';
  }
  const offset = each.indexOf(value);
  if (offset === -1) throw new Error(`a row of ${table} has no "${value}": ${each.join(', ')}`);
  return offset === 0 ? '' : ` + ${offset}`;
}
