/**
 * The software bill of materials of the image, in CycloneDX: `node scripts/sbom.mjs <file>`, after a build. It has the packages
 * that the apps load, and those that are bundled into the console (dist/console/licenses.json, which the build writes).
 */
import './node-version.mjs';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './places.mjs';
import { npm, runCommand } from './run-command.mjs';
import { Trouble, say, tell } from './trouble.mjs';

const LIMIT_MS = 60_000;
const BUNDLED = join(root, 'dist', 'console', 'licenses.json');

await tell(async () => {
  const [file, ...more] = process.argv.slice(2);
  if (file === undefined || more.length > 0) throw new Trouble('Usage: node scripts/sbom.mjs <file>');
  const loaded = loadedPackages();
  const bundled = readJson(BUNDLED).map(({ name, version }) => `${name}@${version}`);
  const shipped = new Set([...loaded, ...bundled]);
  const all = await npmSbom();
  const known = new Set(all.components.map(refOf));
  const unknown = [...shipped].filter((ref) => !known.has(ref));
  if (unknown.length > 0)
    throw new Trouble(`npm sbom leaves out ${unknown.join(', ')}. Run \`npm ci\` and build again.`);

  const { name } = readJson(join(root, 'package.json'));
  const self = all.metadata.component;
  const bom = {
    ...all,
    // npm takes the name of the folder.
    metadata: { ...all.metadata, component: { ...self, name, type: 'application' } },
    components: all.components.filter((each) => shipped.has(refOf(each))).map(asShipped),
    dependencies: all.dependencies
      .filter(({ ref }) => shipped.has(ref) || ref === refOf(self))
      .map((each) => ({ ...each, dependsOn: each.dependsOn.filter((ref) => shipped.has(ref)) })),
  };
  writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`);
  say(`${file}: ${bom.components.length} packages, ${bundled.length} of them in the console`);
});

/**
 * What `npm ci --omit=dev` leaves. `npm sbom --omit dev` does not tell: it also leaves out packages that the apps and a
 * development tool share.
 */
function loadedPackages() {
  const { packages } = readJson(join(root, 'node_modules', '.package-lock.json'));
  return Object.entries(packages)
    .filter(([, { dev }]) => !dev)
    .map(([path, { name, version }]) => `${name ?? path.split('node_modules/').at(-1)}@${version}`);
}

async function npmSbom() {
  const [command, args] = npm('sbom', '--sbom-format', 'cyclonedx');
  return JSON.parse(await runCommand(command, args, { what: 'npm sbom', cwd: root, timeoutMs: LIMIT_MS }));
}

/** A package that the build bundles is shipped, though npm knows it as one for development alone. */
function asShipped(component) {
  const properties = component.properties.filter(({ name }) => name !== 'cdx:npm:package:development');
  return { ...component, scope: 'required', properties };
}

function refOf(component) {
  return component['bom-ref'];
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') throw new Trouble(`${file} is missing: run \`npm run build\`.`);
    throw error;
  }
}
