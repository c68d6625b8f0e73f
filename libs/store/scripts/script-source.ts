/** The Lua scripts as they stand in the rooms of libs/store, and as Redis is given them. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Header, readHeader, readNeeds, type Table } from './script-header';
import { namesUsed, withNumbers } from './script-names';
import { withoutUnused } from './script-text';

const TABLES: Table[] = ['KEYS', 'ARGV'];
/** A script tells Redis in its first line what it is allowed to do; other files are snippets, which scripts include. */
const SCRIPT = /^#!lua/;
const INCLUDE = /^-- include (\w+)$/gm;

export interface ScriptSource {
  header: Header;
  /** What Redis runs. */
  lua: string;
}

/** All Lua files under a folder, by name; each has a name of its own. */
export class ScriptSources {
  private readonly files = new Map<string, string>();

  constructor(folder = dirname(__dirname)) {
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.lua')) continue;
      const name = basename(file, '.lua');
      if (this.files.has(name)) throw new Error(`${name}.lua is there twice`);
      this.files.set(name, readFileSync(join(folder, file), 'utf8'));
    }
  }

  /** The scripts, sorted; snippets are none. */
  names(): string[] {
    return [...this.files.keys()].filter((name) => SCRIPT.test(this.textOf(name))).sort();
  }

  /** Throws what is wrong with it, by the name of the file. */
  read(name: string): ScriptSource {
    try {
      const text = this.textOf(name);
      const header = readHeader(text);
      return { header, lua: withNumbers(withoutUnused(this.withSnippets(text, header)), header) };
    } catch (error) {
      throw new Error(`${name}.lua: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Redis has no `require`: a line `-- include name` is replaced by the text of `name.lua`. */
  private withSnippets(text: string, header: Header): string {
    return text.replace(INCLUDE, (_, name: string) => {
      const snippet = this.textOf(name);
      const needs = readNeeds(snippet);
      for (const table of TABLES) {
        for (const used of namesUsed(snippet, table)) {
          if (!needs[table].includes(used))
            throw new Error(`${name}.lua uses ${table}.${used}, and does not say that it needs it`);
        }
        for (const needed of needs[table]) {
          if (!header[table].some((given) => given.name === needed))
            throw new Error(`${name}.lua needs ${table}.${needed}`);
        }
      }
      return this.withSnippets(snippet, header).trimEnd();
    });
  }

  private textOf(name: string): string {
    const text = this.files.get(name);
    if (text === undefined) throw new Error(`there is no ${name}.lua`);
    return text;
  }
}
