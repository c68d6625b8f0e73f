/**
 * Checks manifests against the schemas of Kubernetes, KEDA and the Prometheus operator, and values against that of the chart.
 * A process of its own, since the schemas are ES modules. It reads `{ manifests: { <name>: <YAML> }, schema, values: { <name>:
 * <values> } }` and prints `{ parsed: { <name>: objects }, faults: { <name>: sentences } }`.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import { parseAllDocuments, parse } from 'yaml';

const here = dirname(fileURLToPath(import.meta.url));
/** Where the models of an API group are, when they are not in `kubernetes-models`. */
const PACKAGES = {
  'keda.sh': '@kubernetes-models/keda/keda.sh',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator/monitoring.coreos.com',
};
/** As Kubernetes reads YAML: 0440 is octal. */
const VERSION = { version: '1.1', merge: true };

const asked = JSON.parse(readFileSync(0, 'utf8'));
const parsed = {};
const faults = {};
for (const [name, text] of Object.entries(asked.manifests ?? {})) {
  const documents = parseAllDocuments(text, VERSION);
  faults[name] = documents.flatMap(({ errors }) => errors.map(String));
  parsed[name] = documents.map((document) => document.toJS()).filter((manifest) => manifest !== null);
  for (const manifest of parsed[name]) faults[name].push(...(await faultsOf(manifest)));
}
for (const [name, sentences] of Object.entries(await unknownFields(parsed))) faults[name].push(...sentences);
for (const [name, values] of Object.entries(asked.values ?? {})) {
  const validate = new Ajv({ allErrors: true, strict: false }).compile(asked.schema);
  const read = typeof values === 'string' ? parse(values, VERSION) : values;
  validate(read);
  faults[name] = (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath, message, params.additionalProperty ?? params.propertyName].filter(Boolean).join(' '),
  );
}
process.stdout.write(JSON.stringify({ parsed, faults }));

/** `apps/v1` → `kubernetes-models/apps/v1` */
function moduleOf({ apiVersion }) {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  if (PACKAGES[group]) return `${PACKAGES[group]}/${version}`;
  // The groups of Kubernetes' own are in folders of their whole name.
  return ['kubernetes-models', group, version].filter(Boolean).join('/');
}

async function faultsOf(manifest) {
  const named = `${manifest.kind} ${manifest.metadata?.name}`;
  const models = await import(moduleOf(manifest)).catch(() => ({}));
  const Model = models[manifest.kind];
  if (!Model) return [`${named}: no schema of ${manifest.apiVersion} ${manifest.kind} is here`];
  try {
    new Model(manifest).validate();
    return [];
  } catch (error) {
    return [`${named}: ${error.message}`];
  }
}

/**
 * The schemas let fields pass that they do not know, as the API server does; `kubectl` warns of them. The types of the same
 * package know all fields, and TypeScript refuses others in a literal.
 */
async function unknownFields(parsed) {
  if (Object.keys(parsed).length === 0) return {};
  const { default: ts } = await import('typescript');
  const lines = [];
  const where = [];
  for (const [name, manifests] of Object.entries(parsed)) {
    for (const manifest of manifests) {
      const type = `import('${moduleOf(manifest)}').I${manifest.kind}`;
      lines.push(`export const m${lines.length}: ${type} = ${JSON.stringify(manifest)};`);
      where.push([name, `${manifest.kind} ${manifest.metadata?.name}`]);
    }
  }
  const file = join(here, 'manifests.ts');
  const options = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, strict: true };
  const settings = { ...options, target: ts.ScriptTarget.ES2022, noEmit: true, skipLibCheck: true, types: [] };
  const host = ts.createCompilerHost(settings);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.readFile = (path) => (path === file ? lines.join('\n') : readFile(path));
  host.getSourceFile = (path, ...more) =>
    path === file ? ts.createSourceFile(path, lines.join('\n'), more[0]) : getSourceFile(path, ...more);
  const program = ts.createProgram([file], settings, host);
  const found = {};
  for (const { messageText, start } of ts.getPreEmitDiagnostics(program, program.getSourceFile(file))) {
    const [name, what] = where[program.getSourceFile(file).getLineAndCharacterOfPosition(start).line];
    (found[name] ??= []).push(`${what}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  }
  return found;
}
