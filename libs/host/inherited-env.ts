/** The environment of this process, for those that hand some of it on or read no table of settings. */
export function inheritedEnv(): Record<string, string | undefined> {
  return process.env;
}
