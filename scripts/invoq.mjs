#!/usr/bin/env node
/**
 * `invoq`, as `node scripts/invoq.mjs` in a checkout (it is in no registry): `invoq start`, `invoq api`, `invoq worker`,
 * `invoq keys create [id] | list | revoke <id>` with `--keys-file`, `--envs`, `--scopes` (see `invoq keys --help`), and
 * `invoq callback-secret --env <env>`, and `invoq install [dir]` (the packages of functions).
 */
import './node-version.mjs';

const USAGE =
  'Usage: invoq start | api | worker | keys create [id] | keys list | keys revoke <id> | callback-secret | install [dir]';

const [what, ...args] = process.argv.slice(2);

// Loaded only now: an older Node must hear its one line before it meets syntax that it does not know.
import('./trouble.mjs').then(({ Trouble, tell }) =>
  tell(async () => {
    if (what === 'start') return (await import('./everything.mjs')).startEverything();
    if (what === 'api' || what === 'worker') return (await import('./one-app.mjs')).startOneApp(what, args);
    if (what === 'keys') return (await import('./keys.mjs')).keys(args);
    if (what === 'callback-secret') {
      return (await import('./built-cli.mjs')).builtCli('apps/worker/callback-secret-cli.js', args);
    }
    if (what === 'install') return (await import('./install-functions.mjs')).installFunctions(args);
    throw new Trouble(USAGE);
  }),
);
