/** The text of docs/configuration.md, from the tables of settings of both apps. */
import { relative } from 'node:path';

const HEAD = `# Configuration

\`\`\`sh no-test starts processes
INVOQ_RETAIN_ASYNC=7d npm run api                     # an environment variable
npm run api -- --retain-async 7d                      # or a flag, which goes first
REDIS_URL_FILE=/run/secrets/redis-url npm run api     # or a file, for what may hold a secret
\`\`\`

This page lists every setting of the API and of the worker. \`npm run api -- --help\` and
\`npm run worker -- --help\` print the same. A flag goes before its variable, and the variable before
the default.

* A process that is started with a wrong setting ends at once. It names every setting at fault, and
  the rule that it breaks.
* Settings that are marked with ¹ must be the same in all processes of an installation.
* Settings that are marked with ² can come from a file: add \`_FILE\` to the variable.
* Lengths of time are written as \`500ms\`, \`5s\`, \`10m\`, \`24h\` or \`7d\`; a bare number is ms. Sizes
  are written as \`256kb\`, \`1mb\` or \`2gb\`; a bare number is bytes.
* Limits of one function (time, memory, queue, retries) stand in its \`functions.json\`:
  [functions.md](functions.md#functionsjson).

<!-- Written by \`node scripts/configuration.mjs\`. Change apps/*/settings.ts, then run it. -->
`;

/** @param {Record<string, object>} api @param {Record<string, object>} worker the tables of both apps */
export function configurationPage(api, worker) {
  const [ofApi, ofWorker] = [api, worker].map((table) => Object.values(table));
  const both = ofApi.filter(({ env, doc }) => ofWorker.some((other) => other.env === env && other.doc === doc));
  const not = (settings) => settings.filter(({ env }) => !both.some((shared) => shared.env === env));
  return [HEAD, section('Both apps', both), section('The API', not(ofApi)), section('The worker', not(ofWorker))].join(
    '\n',
  );
}

function section(title, settings) {
  const rows = settings.map(
    (setting) =>
      `| ${variable(setting)} | ${flag(setting)} | ${defaultOf(setting)} | ${cell(`${setting.doc} ${takes(setting)}`)} |`,
  );
  return [`## ${title}`, '', '| variable | flag | default | what it does |', '|---|---|---|---|', ...rows, ''].join(
    '\n',
  );
}

function variable({ env, doc, secret, holdsSecret }) {
  const marks = [
    /the same for API and workers|the same for all workers/.test(doc) || env === 'REDIS_URL' ? '¹' : '',
    secret || holdsSecret ? '²' : '',
  ];
  return `\`${env}\`${marks.filter(Boolean).join(' ')}`;
}

function flag(setting) {
  return setting.flag === undefined ? '' : `\`${setting.flag}\``;
}

/** Paths are shown as from the folder in which a process starts. */
function defaultOf({ default: value, parse, secret }) {
  if (value === undefined || secret) return '';
  const shown = parse.show(value);
  if (shown === '') return '';
  return `\`${cell(shown.startsWith(process.cwd()) ? relative(process.cwd(), shown) : shown)}\``;
}

/** The rule, without what the page says once for all of its kind. */
function takes({ parse }) {
  const rule = parse.rule.replace(/, such as 500ms.*$|, such as 256kb.*$/, '');
  return `Value: ${rule}.`;
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('*', '\\*');
}
