/**
 * Which files a function is made of: its entry and whatever that imports, wherever it lies. Installed packages are left out;
 * a package that is linked into node_modules (a workspace) is a function's own code. esbuild reads the imports; nothing runs.
 */
import { lstatSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';

/** What esbuild parses; any other file is one that only exists. */
const CODE = /\.([cm]?[jt]s|[jt]sx|json)$/;
const RELATIVE = /^\.{0,2}(\/|$)/;
/** Marks a question of our own, which is not to be answered by ourselves. */
const OWN_QUESTION = { own: true };

/**
 * Collects, while esbuild bundles: an import that leads nowhere is noted in `missing` (`./x from /dir/index.js`) instead of
 * ending the build, since Node only minds when it is reached.
 */
export function ownFilesOnly(missing: string[]): Plugin {
  return {
    name: 'own-files',
    setup: (build) => {
      build.onResolve({ filter: /.*/ }, (args) => resolveOwn(build, args, missing));
      // A computed `require('./' + name)` brings in all that lies below, installed packages too.
      build.onLoad({ filter: /.*/ }, ({ path }) =>
        CODE.test(path) && !isInstalled(path) ? undefined : { contents: '', loader: 'empty' },
      );
    },
  };
}

async function resolveOwn(
  build: PluginBuild,
  args: OnResolveArgs,
  missing: string[],
): Promise<OnResolveResult | undefined> {
  if (args.pluginData === OWN_QUESTION || args.kind === 'entry-point') return undefined;
  const isRelative = RELATIVE.test(args.path);
  if (!isRelative && !isLinkedPackage(args.path, args.resolveDir)) return { path: args.path, external: true };
  const { importer, resolveDir, kind } = args;
  const found = await build.resolve(args.path, { importer, resolveDir, kind, pluginData: OWN_QUESTION });
  if (found.errors.length === 0 && !found.external) return { path: found.path };
  if (isRelative && found.errors.length > 0) missing.push(`${args.path} from ${importer}`);
  return { path: args.path, external: true };
}

/** Does the nearest node_modules that has this package hold a link to a folder outside of any node_modules? */
function isLinkedPackage(specifier: string, from: string): boolean {
  const [scope, rest] = specifier.split('/', 2);
  const name = scope.startsWith('@') ? join(scope, rest ?? '') : scope;
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name);
    const stats = lstatSync(place, { throwIfNoEntry: false });
    if (stats) return stats.isSymbolicLink() && !isInstalled(realpathOf(place));
    if (folder === dirname(folder)) return false;
  }
}

/** Is a path in some node_modules? */
export function isInstalled(path: string | undefined): boolean {
  return path === undefined || path.split(sep).includes('node_modules');
}

function realpathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
