/** The bill of materials that the image has: what the apps load and what the console bundles, and no development tool. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';

interface Component {
  name: string;
  version: string;
  purl: string;
  scope: string;
  licenses: { license: { id?: string; name?: string } }[];
}
interface Bom {
  bomFormat: string;
  metadata: { component: { name: string; version: string; type: string } };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

const root = join(__dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
let bom: Bom;
beforeAll(() => {
  const file = join(scratchDir('sbom'), 'sbom.cdx.json');
  execFileSync(process.execPath, ['scripts/sbom.mjs', file], { cwd: root });
  bom = JSON.parse(readFileSync(file, 'utf8')) as Bom;
}, 60_000);

test('it is CycloneDX of this release', () => {
  const { version } = manifest;
  expect(bom).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { component: { name: 'invoq', version, type: 'application' } },
  });
});

test('it has each dependency, with its version and licence, and each package of the console', () => {
  const has = new Map(bom.components.map((each) => [each.name, each]));
  const wanted = Object.entries(manifest.dependencies);
  expect(wanted.filter(([name, version]) => has.get(name)?.version !== version)).toEqual([]);
  const bundled = ['react', 'react-dom', '@tanstack/react-query', 'uplot', '@codemirror/view'];
  expect(bundled.filter((name) => has.get(name)?.version !== manifest.devDependencies[name])).toEqual([]);
  const faulty = bom.components.filter(
    ({ purl, scope, licenses }) => !purl.startsWith('pkg:npm/') || scope !== 'required' || licenses.length === 0,
  );
  expect(faulty).toEqual([]);
});

test('it has no tool of development, and its graph names only what it has', () => {
  const names = bom.components.map(({ name }) => name);
  expect(names.filter((name) => ['jest', 'vite', 'eslint', '@swc/core', '@nestjs/cli'].includes(name))).toEqual([]);
  const refs = new Set(bom.dependencies.map(({ ref }) => ref));
  expect(bom.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
});
