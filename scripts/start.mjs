/**
 * `npm start`, `npm run api` and `npm run worker`. Needs nothing but Node and npm: what else it takes, it brings.
 *
 * Ctrl-C, SIGTERM to this script or to npm, and the death of either stop everything in order. In production a service
 * manager runs `node dist/apps/api/main.js` itself; see docs/operations.md.
 */
import './node-version.mjs';

const USAGE = `npm start               a Redis, the API and a worker; settings by environment, such as PORT=8080 npm start
npm run api             the API alone, against REDIS_URL
npm run worker          a worker alone, against REDIS_URL
npm run api -- --help   every setting of the API, with its default; npm run worker -- --help those of a worker`;

const [which, ...args] = process.argv.slice(2);

// Loaded only now: an older Node must hear its one line before it meets syntax that it does not know.
import('./trouble.mjs').then(({ Trouble, tell }) =>
  tell(async () => {
    if (which === 'api' || which === 'worker') return (await import('./one-app.mjs')).startOneApp(which, args);
    if (which === '--help') return console.log(USAGE);
    if (which !== undefined) throw new Trouble(`Usage: node scripts/start.mjs [api|worker]; "${which}" is neither.`);
    return (await import('./everything.mjs')).startEverything();
  }),
);
