/** Which API a command speaks to, and with which key. */
import { inheritedEnv } from '@invoq/host/inherited-env';
import { UsageError } from './faults';
import { readProfile } from './profile';

export const DEFAULT_URL = 'http://127.0.0.1:3000';

export interface Connection {
  url: string;
  key?: string;
  env?: string;
}

export interface ConnectionOptions {
  url?: string;
  env?: string;
}

/**
 * The flag goes before the variable, that before the profile, that before the API of `npm start`. The key of a profile
 * goes to the URL of that profile alone.
 */
export function connectionOf({ url: flag, env }: ConnectionOptions): Connection {
  const { INVOQ_URL, INVOQ_KEY, INVOQ_ENV } = inheritedEnv();
  const given = flag || INVOQ_URL;
  const profile = given && INVOQ_KEY ? undefined : readProfile();
  const url = given || profile?.url || DEFAULT_URL;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new UsageError(`"${url}" is not the URL of an API.`, `Such as --url ${DEFAULT_URL}`);
  }
  const ours = profile !== undefined && isSame(profile.url, url) ? profile : undefined;
  return { url, key: INVOQ_KEY || ours?.key, env: env || INVOQ_ENV || ours?.env };
}

function isSame(one: string, other: string): boolean {
  return URL.canParse(one) && new URL(one).href.replace(/\/$/, '') === new URL(other).href.replace(/\/$/, '');
}
