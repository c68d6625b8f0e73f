/**
 * The law of the arrows: who may import whom. Each rule says why it stands, and test/arrows proves that each one bites.
 *
 *   apps -> { queue, store, functions, executor, blobs, callbacks } -> policy -> { contract, live }          host: for apps only
 */

const SPEC = '\\.spec\\.ts$';
/** What node is told to run: the apps, the command line and those of keys, of the callback secret and of draining, and the process inside each sandbox. */
const MAIN =
  '^(apps/(api|worker|cli|console)/main|apps/api/keys-cli|apps/worker/(callback-secret|drain)-cli|libs/executor/child/(main|import-hooks|warm-up-function))\\.tsx?$';
const MIDDLE = '(store|queue|functions|executor|blobs|callbacks)';

/** One npm package, however it is resolved. */
const npm = (name) => `(^|/)node_modules/${name}(/|$)`;

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    forbid(
      'no-circular',
      'Two files in a circle are one file that is hard to read, and load in an order nobody chose. Types count too.',
      {},
      { circular: true },
    ),
    forbid(
      'no-unresolvable',
      'An import that leads nowhere would be an arrow that no other rule here can see.',
      {},
      { couldNotResolve: true },
    ),
    forbid(
      'no-dead-file',
      'What neither an app nor the client reaches is not part of the product; it would be read and kept for nothing.',
      { path: `${MAIN}|^libs/client/index\\.ts$` },
      { path: '^(apps|libs)/.*\\.ts$', pathNot: `${SPEC}|/fixtures/|^libs/client/|${MAIN}`, reachable: false },
    ),
    forbid(
      'apps-meet-in-queue-and-store',
      'The API and the worker are scaled and released apart; whatever one took from the other would tie them together.',
      { path: '^apps/([^/]+)/' },
      { path: '^apps/', pathNot: '^apps/$1/' },
    ),
    forbid(
      'libs-below-apps',
      'Arrows run down: a lib that knows an app cannot serve the other one.',
      { path: '^libs/' },
      { path: '^apps/' },
    ),
    forbid(
      'every-lib-has-a-floor',
      'A lib that no rule names would be free of all of them. Give a new one its floor in this file.',
      {
        path: '^libs/',
        pathNot: '^libs/(contract|live|policy|store|queue|functions|executor|blobs|callbacks|host|client)/',
      },
      {},
    ),
    forbid(
      'contract-imports-nothing',
      'It is the vocabulary of all parts and of the client, so it must be loadable anywhere, without any of them.',
      { path: '^libs/contract/', pathNot: SPEC },
      { pathNot: '^libs/contract/' },
    ),
    forbid(
      'live-imports-nothing',
      'Collections for whoever holds what is under way: they know nothing of what they hold.',
      { path: '^libs/live/', pathNot: SPEC },
      { pathNot: '^libs/live/' },
    ),
    forbid(
      'policy-is-pure',
      'Policy decides by tables and functions: no I/O, no clock, nothing foreign. So each decision can be tested as a value.',
      { path: '^libs/policy/', pathNot: `${SPEC}|^libs/policy/cron\\.ts$` },
      { pathNot: '^libs/(policy|contract|live)/' },
    ),
    forbid(
      'cron-is-pure-but-for-croner',
      "Which times an expression names is a library's to say; it is pure too, as the time is handed in. Nothing else is let in.",
      { path: '^libs/policy/cron\\.ts$' },
      { path: '.', pathNot: ['^libs/(policy|contract)/', npm('croner')] },
    ),
    forbid(
      'middle-libs-apart',
      'Store, queue, functions, executor, blobs and callbacks are joined in the apps, where the story is told; among themselves they are replaceable.',
      { path: `^libs/${MIDDLE}/` },
      { path: `^libs/${MIDDLE}/`, pathNot: '^libs/$1/' },
    ),
    forbid(
      'host-is-for-apps',
      'Settings, log and metrics belong to a process. A lib is handed what it needs, so that a test can `new` it.',
      { path: '^libs/', pathNot: '^libs/host/' },
      { path: '^libs/host/' },
    ),
    forbid(
      'host-stands-alone',
      'What every process starts with must not bring Redis, the queue or the sandbox along.',
      { path: '^libs/host/' },
      { path: '^libs/', pathNot: '^libs/(host|contract)/' },
    ),
    forbid(
      'client-knows-the-contract-only',
      'It runs in the programs of others: whatever it imports, they install.',
      { path: '^libs/client/' },
      { path: '^libs/', pathNot: '^libs/(client|contract)/' },
    ),
    forbid(
      'nobody-needs-the-client',
      'It speaks to us from outside; inside, its detour over HTTP would be a circle. The command line and the console stand outside, too.',
      { path: '^(apps|libs)/', pathNot: `^(libs/client|apps/(cli|console))/|${SPEC}` },
      { path: '^libs/client/' },
    ),
    forbid(
      'console-knows-the-client-only',
      'It runs in a browser: it asks what any client may ask, and whatever else it imported would be shipped to the page.',
      { path: '^apps/console/' },
      { path: '^(libs|node:)', pathNot: '^libs/(client|contract)/' },
    ),
    forbid(
      'libs-are-plain',
      'NestJS shapes the apps. A lib made of plain classes can be read, tested and used without it.',
      { path: '^libs/' },
      { path: [npm('@nestjs'), npm('nestjs-[^/]+'), npm('fastify'), npm('@fastify')] },
    ),
    forbid(
      'doors-apart',
      'A door is one wire protocol. What two of them share is the road they go, not each other.',
      { path: '^apps/api/doors/([^/]+)/' },
      { path: '^apps/api/doors/[^/]+/', pathNot: '^apps/api/doors/$1/' },
    ),
    forbid(
      'doors-see-the-road-only',
      'All doors go through the gateway, so that no protocol can forget to admit. The words of a call and of a caller are theirs too, the tools of HTTP, and those of the description.',
      { path: '^apps/api/doors/[^/]+/', pathNot: SPEC },
      {
        path: '^(apps/api|libs)/',
        pathNot:
          '^apps/api/(doors|http|openapi)/|^apps/api/auth/(caller|access|current-caller)\\.ts$|^apps/api/process/tokens\\.ts$|^apps/api/invocations/(answers|call|[^/]+\\.dto)\\.ts$|^libs/contract/',
      },
    ),
    forbid(
      'core-knows-no-door',
      'Features and callers are the same for every protocol; a new door must not touch them.',
      { path: '^apps/api/[^/]+/', pathNot: `^apps/api/(doors|http)/|${SPEC}` },
      { path: '^apps/api/doors/' },
    ),
    forbid(
      'http-knows-no-door',
      'The server hears of wires by an interface (http/wire.ts), so that adding a door changes nothing in it.',
      { path: '^apps/api/http/', pathNot: SPEC },
      { path: '^apps/api/doors/' },
    ),
    forbid(
      'bullmq-is-owned',
      'A lane is a seam: nothing above libs/queue may know what it is made of, so that it can be made of something else.',
      { pathNot: '^libs/queue/' },
      { path: npm('bullmq') },
    ),
    forbid(
      'ioredis-is-owned',
      'Connections and their time limits are chosen in one place. An app holds what libs/store gives it, by that name.',
      { pathNot: '^(libs/(store|queue)|test)/' },
      { path: npm('ioredis') },
    ),
    forbid(
      'cron-is-owned',
      'When a schedule runs is told in one place: two readings of one expression would submit it twice.',
      { pathNot: '^libs/policy/cron\\.ts$' },
      { path: npm('croner') },
    ),
    forbid(
      's3-is-owned',
      'Where blobs are kept is a setting: whoever spoke to the bucket beside libs/blobs would work with one kind only.',
      { pathNot: `^libs/blobs/|${SPEC}` },
      { path: npm('@aws-sdk') },
    ),
    forbid(
      'opentelemetry-is-owned',
      'Traces are off by default and then cost nothing: whatever else imported the SDK would load it for everybody.',
      { pathNot: `^libs/host/tracing/(otel|watched-exporter)\\.ts$|${SPEC}|^test/` },
      { path: npm('@opentelemetry') },
    ),
    forbid(
      'child-process-is-owned',
      'Who starts a process must also end it, its group and its descendants; the executor knows how. Tests may.',
      { pathNot: `^libs/executor/|^test/|${SPEC}` },
      { path: '^(node:)?child_process$' },
    ),
    forbid(
      'outgoing-http-is-owned',
      'Whoever sends to an address that a stranger has named must look at where it leads; libs/callbacks does.',
      { path: '^(apps|libs)/', pathNot: `^libs/callbacks/|^apps/api/auth/address-block|${SPEC}|/fixtures/` },
      { path: ['^(node:)?https?$', npm('undici'), npm('ipaddr\\.js')], dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'runtime-knows-no-test',
      'What runs in production must not need what is not shipped.',
      { path: '^(apps|libs)/', pathNot: `${SPEC}|/fixtures/` },
      { path: `^(test|bench|scripts)/|${SPEC}|/fixtures/` },
    ),
    forbid(
      'no-dev-dependency-at-run-time',
      'The image is installed without dev dependencies: it would be found missing there and nowhere else. Fixtures stay at home.',
      { path: '^(apps|libs)/', pathNot: `${SPEC}|/fixtures/|^apps/console/` },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'no-undeclared-dependency',
      'A package that only another package brought may be gone with the next install.',
      { path: '^(apps|libs)/' },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
    forbid(
      'no-index',
      'An import names the file that it means. A folder that answers for its files hides who needs what, and breeds circles.',
      {},
      { path: '^(apps|libs)/.*/index\\.ts$', pathNot: '^libs/client/index\\.ts$' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Ours alone: what a package resolves to is in its own dist, as often as not.
    exclude: { path: '^(dist|\\.data)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Sees imports that the compiler drops: an arrow is an arrow, even when only a type travels on it.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
