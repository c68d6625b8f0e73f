/** The chart as Helm would render it, and as Kubernetes would read it. There is no Helm here: see renderer/main.go. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagesHere, isOnPath } from '../harness/program-here';
import { scratchDir } from '../harness/scratch';

const ROOT = join(__dirname, '../..');
export const CHART = join(ROOT, 'deploy/helm/invoq');
const RENDERER = join(__dirname, 'renderer');
const MODELS = join(__dirname, 'models');
/** Where Debian's packages have the sources of Go libraries. */
const GOPATH = '/usr/share/gocode';
const LIBRARIES = ['github.com/Masterminds/sprig', 'sigs.k8s.io/yaml'];
const PACKAGES = ['golang-go', 'golang-github-masterminds-sprig-dev', 'golang-k8s-sigs-yaml-dev'];
const LIMIT_MS = 120_000;

export type Values = Record<string, unknown>;
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels: Record<string, string>; annotations?: Record<string, string> };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- of many kinds; their schemas are checked elsewhere
  spec: any;
}
export interface Rendered {
  manifests: Manifest[];
  /** Sentences of the schemas: of the manifests, and of the values. */
  faults: string[];
}

/** Is there what the renderer is built of? One line says so when there is not. */
export function canRender(): boolean {
  const isHere = (): boolean => isOnPath('go') && LIBRARIES.every((path) => existsSync(join(GOPATH, 'src', path)));
  const leftOut = 'the Helm chart is not rendered';
  if (!packagesHere(PACKAGES, leftOut, { what: 'Go with Sprig', isHere })) return false;
  if (existsSync(join(MODELS, 'node_modules'))) return true;
  process.stderr.write(`Left out: ${leftOut}, since test/kubernetes/models is not installed (npm ci there).\n`);
  return false;
}

let program: string | undefined;

function renderer(): string {
  if (program) return program;
  const cache = join(ROOT, '.data/test/go-cache');
  mkdirSync(cache, { recursive: true });
  const built = join(scratchDir('renderer'), 'renderer');
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, GO111MODULE: 'off', GOPATH, GOCACHE: cache };
  execFileSync('go', ['build', '-o', built, '.'], { cwd: RENDERER, env, timeout: LIMIT_MS });
  program = built;
  return built;
}

/** The texts of all templates with these values. Throws what Helm would say. */
export function template(values: Values): { text: string; values: Values } {
  const input = JSON.stringify({ release: { Name: 'rel', Namespace: 'jobs' }, values });
  const printed = execFileSync(renderer(), [CHART], { input, encoding: 'utf8', stdio: 'pipe' });
  const { rendered, values: merged } = JSON.parse(printed) as { rendered: Record<string, string>; values: Values };
  return { text: Object.values(rendered).join('\n---\n'), values: merged };
}

/** Several sets of values at once: the schemas take seconds to load. */
export function renderAll<Name extends string>(sets: Record<Name, Values>): Record<Name, Rendered> {
  const names = Object.keys(sets) as Name[];
  const templates = names.map((name) => [name, template(sets[name])] as const);
  const { parsed, faults } = check({
    manifests: Object.fromEntries(templates.map(([name, { text }]) => [name, text])),
    values: Object.fromEntries(templates.map(([name, { values }]) => [`values of ${name}`, values])),
  });
  const of = (name: Name): Rendered => ({
    manifests: parsed[name],
    faults: [...faults[name], ...faults[`values of ${name}`]],
  });
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, Rendered>;
}

/** Manifests as text, against their schemas; values, against that of the chart. */
export function check(what: { manifests?: Record<string, string>; values?: Record<string, Values> }): {
  parsed: Record<string, Manifest[]>;
  faults: Record<string, string[]>;
} {
  const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as object;
  const input = JSON.stringify({ ...what, schema });
  const options = { input, encoding: 'utf8', timeout: LIMIT_MS, maxBuffer: 64 * 1_048_576 } as const;
  return JSON.parse(execFileSync(process.execPath, [join(MODELS, 'check.mjs')], options)) as ReturnType<typeof check>;
}
