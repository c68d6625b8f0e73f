/**
 * Settings of a process, from its arguments and its environment: the only reader of both. A setting is an object in a
 * table; a flag goes before the environment variable, that before the default. What may hold a secret can be given by a
 * file: `REDIS_URL_FILE=/run/secrets/redis-url`. All faults are reported together.
 */
import { readFileSync } from 'node:fs';
import type { Parser } from './setting-parsers';

export interface Setting<T> {
  /** Environment variable. An empty one counts as not set. */
  env: string;
  /** Such as `--port`. A boolean may stand without a value. */
  flag?: string;
  /** Absent: the setting has to be given. */
  default?: T;
  parse: Parser<NonNullable<T>>;
  /** One line for the help text. */
  doc: string;
  /** Its value is never shown, and may come from a file: `<env>_FILE`. */
  secret?: boolean;
  /** May hold a secret among other things, as a URL holds a password: it may come from a file, too. */
  holdsSecret?: boolean;
}

// A setting reads and shows its own T only, so a table of settings of many kinds is safe.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type SettingsTable = Record<string, Setting<any>>;
export type SettingsOf<Table extends SettingsTable> = {
  readonly [Key in keyof Table]: Table[Key] extends Setting<infer T> ? T : never;
};

export interface SettingsSources {
  /** Arguments without node and the script. */
  argv: string[];
  env: Record<string, string | undefined>;
}

export interface SettingError {
  /** The flag or variable that was given, or the variable that was not. */
  name: string;
  /** As it was given; absent for secrets and for what was not given. */
  value?: string;
  rule: string;
}

/** All that is wrong with the settings; `message` has one line a fault and shows no secret. */
export class SettingsError extends Error {
  constructor(readonly faults: SettingError[]) {
    super(faults.map(faultLine).join('\n'));
    this.name = 'SettingsError';
  }
}

/** Types a setting where it is written; a default of `undefined` makes it optional. */
export function setting<T>(definition: Setting<T>): Setting<T> {
  return definition;
}

/** Whether the arguments ask for the help text instead of a run. */
export function asksForHelp(argv: string[] = process.argv.slice(2)): boolean {
  return argv.includes('--help') || argv.includes('-h');
}

/** @throws SettingsError */
export function readSettings<Table extends SettingsTable>(
  table: Table,
  sources: SettingsSources = { argv: process.argv.slice(2), env: process.env },
): SettingsOf<Table> {
  const faults: SettingError[] = [];
  const flags = readFlags(table, sources.argv, faults);
  const values: Record<string, unknown> = {};
  for (const [key, definition] of Object.entries(table)) {
    values[key] = definition.default;
    const fromFlag = flags.get(key);
    const fromFile = fromFlag === undefined ? readSecretFile(definition, sources.env, faults) : undefined;
    if (fromFile === null) continue;
    const name = fromFlag === undefined ? nameOf(definition, fromFile) : (definition.flag ?? definition.env);
    const text = (fromFlag ?? fromFile ?? sources.env[definition.env] ?? '').trim();
    if (text !== '') {
      values[key] = definition.parse.read(text);
      if (values[key] === undefined)
        faults.push(
          fault(name, text, `must be ${definition.parse.rule}`, definition.secret === true || fromFile !== undefined),
        );
    } else if (fromFlag !== undefined || !('default' in definition)) {
      faults.push({ name, rule: `has to be given: ${definition.parse.rule}` });
    }
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return values as SettingsOf<Table>;
}

/** The help text: each setting with its flag, its variable, its rule and its default, in aligned columns. */
export function describeSettings(title: string, table: SettingsTable): string {
  const rows = Object.values(table).map((definition) => ({
    flag: definition.flag === undefined ? '' : `${definition.flag} <${definition.parse.placeholder}>`,
    env: definition.env,
    text: [
      definition.doc,
      ...(takesFile(definition) ? [`Or ${definition.env}_FILE: a file that holds it.`] : []),
      describeDefault(definition),
    ].join(' '),
  }));
  const width = (key: 'flag' | 'env'): number => Math.max(...rows.map((row) => row[key].length));
  const lines = rows.map(({ flag, env, text }) => {
    return `  ${flag.padEnd(width('flag'))}  ${env.padEnd(width('env'))}  ${text}`.trimEnd();
  });
  return [
    title,
    '',
    ...lines,
    '',
    `  ${'--help, -h'.padEnd(width('flag'))}  ${''.padEnd(width('env'))}  Shows this.`,
    '',
  ].join('\n');
}

/** Undefined: it is not given by a file; null: it is, and at fault. */
function readSecretFile(
  definition: SettingsTable[string],
  env: SettingsSources['env'],
  faults: SettingError[],
): string | null | undefined {
  const name = `${definition.env}_FILE`;
  const file = takesFile(definition) ? (env[name] ?? '').trim() : '';
  if (file === '') return undefined;
  const refuse = (rule: string): null => {
    faults.push({ name, value: mask(file), rule });
    return null;
  };
  if ((env[definition.env] ?? '').trim() !== '') return refuse(`and ${definition.env} are both given; one is enough`);
  try {
    const text = readFileSync(file, 'utf8').trim();
    return text === '' ? refuse('is empty') : text;
  } catch (error) {
    return refuse(`cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function takesFile({ secret, holdsSecret }: SettingsTable[string]): boolean {
  return secret === true || holdsSecret === true;
}

function nameOf(definition: SettingsTable[string], fromFile: string | undefined): string {
  return fromFile === undefined ? definition.env : `${definition.env}_FILE`;
}

function describeDefault(definition: SettingsTable[string]): string {
  if (!('default' in definition)) return '(required)';
  if (definition.default === undefined) return '';
  return definition.secret ? '(default hidden)' : `(default ${mask(definition.parse.show(definition.default))})`;
}

function readFlags(table: SettingsTable, argv: string[], faults: SettingError[]): Map<string, string> {
  const flags = new Map<string, string>();
  const byFlag = new Map(Object.entries(table).map(([key, { flag }]) => [flag, key]));
  for (let at = 0; at < argv.length; at++) {
    const [, name, inline] = /^(--?[^=]+)(?:=([\s\S]*))?$/.exec(argv[at]) ?? [];
    const key = byFlag.get(name);
    if (name === '--help' || name === '-h') continue;
    if (name === undefined || key === undefined) {
      const rule =
        name === undefined ? 'is not a flag, and arguments are not taken' : 'unknown flag; --help lists them';
      faults.push({ name: name ?? mask(argv[at]), rule });
      continue;
    }
    const isSwitch = table[key].parse.placeholder === 'true|false';
    const next = argv.at(at + 1);
    let value = inline;
    if (
      value === undefined &&
      next !== undefined &&
      !next.startsWith('--') &&
      !(isSwitch && table[key].parse.read(next) === undefined)
    ) {
      value = next;
      at++;
    }
    if (flags.has(key)) faults.push({ name, rule: 'given twice' });
    flags.set(key, value ?? (isSwitch ? 'true' : ''));
  }
  return flags;
}

function fault(name: string, text: string, rule: string, secret?: boolean): SettingError {
  return secret ? { name, rule } : { name, value: mask(text), rule };
}

function faultLine({ name, value, rule }: SettingError): string {
  return value === undefined ? `${name}: ${rule}` : `${name}=${value}: ${rule}`;
}

/** Without the password of a URL, on one line, and not at length. */
function mask(text: string): string {
  const plain = text.replace(/\/\/[^/@]*@/g, '//…@').replace(/\s+/g, ' ');
  return plain.length > 120 ? `${plain.slice(0, 120)}…` : plain;
}
