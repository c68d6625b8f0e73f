/** `invoq login`: keeps where the API is and a key for it, once they are known to work. */
import { text } from 'node:stream/consumers';
import { createClient, InvoqError } from '@invoq/client/index';
import { inheritedEnv } from '@invoq/host/inherited-env';
import { DEFAULT_URL } from '../connection';
import { UsageError } from '../faults';
import { typed } from '../output/ask';
import { dropProfile, profileFile, writeProfile } from '../profile';
import type { Use } from '../use';

interface Options {
  keyStdin?: boolean;
  out?: boolean;
}

export async function run({ options, out, signal }: Use<Options>): Promise<void> {
  const file = profileFile();
  if (options.out) {
    const dropped = dropProfile(file);
    return out.answer({ file, dropped }, () => (dropped ? `${file} is gone` : 'There was no profile.'));
  }
  const { INVOQ_URL, INVOQ_KEY } = inheritedEnv();
  const url = options.url || INVOQ_URL || DEFAULT_URL;
  const key = await keyFrom(options, INVOQ_KEY, url, signal);
  if (key !== '' && !/^[\w-]+\..+$/.test(key))
    throw new UsageError('A key is <id>.<secret>.', 'Make one: invoq keys create');
  const { env } = options;
  const client = createClient({ url, env, ...(key === '' ? {} : { key }), retry: false });
  try {
    await client.functions.list({ signal });
  } catch (error) {
    // A key for calls alone is a good key, though it may not read the list.
    if (!(error instanceof InvoqError) || error.type !== 'FORBIDDEN') throw error;
  }
  writeProfile({ url, env, ...(key === '' ? {} : { key }) }, file);
  out.answer({ url, env, file }, () => `Kept in ${file}: ${url}${key === '' ? ', without a key' : ''}`);
}

async function keyFrom(
  options: Options,
  variable: string | undefined,
  url: string,
  signal: AbortSignal,
): Promise<string> {
  if (options.keyStdin) return (await text(process.stdin)).trim();
  if (variable) return variable;
  if (!process.stdin.isTTY) {
    throw new UsageError(
      'Nobody is here to ask for the key.',
      'Give it by INVOQ_KEY, or pipe it in: … | invoq login --key-stdin',
    );
  }
  return (await typed(`Key for ${url}, as <id>.<secret> (not shown; empty: none): `, signal, true)).trim();
}
