/** `npm run keys -- create|list|revoke`: the command line of the API's keys file. */
import { builtCli } from './built-cli.mjs';

/** @param {string[]} args a command, for `revoke` and perhaps `create` an id, then flags */
export function keys(args) {
  return builtCli('apps/api/keys-cli.js', asFlags(args));
}

/** The settings of a process are flags; what stands before the first one is its command and the key's id. */
function asFlags(args) {
  const end = args.findIndex((arg) => arg.startsWith('-'));
  const [command, id, ...more] = end < 0 ? args : args.slice(0, end);
  const flags = end < 0 ? [] : args.slice(end);
  return [...(command ? ['--do', command] : []), ...(id ? ['--id', id] : []), ...more, ...flags];
}
