/**
 * TypeScript to one CommonJS text, and the syntax check of JavaScript. The only owner of esbuild, whose service is a
 * process of its own: it is started by the first need, and started anew when it has died or hangs.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as esbuild from 'esbuild';
import { isInstalled, ownFilesOnly } from './source-graph';

/** `problem`: the code is at fault, one line a fault. `failure`: the compiler is; another try may do. */
export type Compiled = { code: string } | { problem: string } | { failure: string };

/** The files that an entry is made of, real paths; `missing`: imports that lead nowhere, such as `./x from /dir/index.js`. */
export type Graph = { files: string[]; missing: string[] } | { problem: string } | { failure: string };

export interface CompilerOptions {
  /** The longest one compilation may take, ms. */
  limitMs?: number;
}

const MAX_FAULTS_SHOWN = 5;

export class Compiler {
  private readonly limitMs: number;

  constructor(options: CompilerOptions = {}) {
    this.limitMs = options.limitMs ?? 30_000;
  }

  /**
   * Bundles a TypeScript entry with its own relative imports; packages stay outside and are required at run time from
   * where the entry is. Of the tsconfig.json files, only the nearest one from the entry's folder up to `root` counts:
   * what lies above the functions directory is another project's business.
   */
  async compile(file: string, root: string): Promise<Compiled> {
    const tsconfig = await findTsconfig(dirname(file), root);
    return this.attempt(async () => {
      const { outputFiles } = await esbuild.build({
        absWorkingDir: dirname(file),
        entryPoints: [file],
        // Never written; it makes the paths of the source map relative to the entry's own folder.
        outfile: `${file}.js`,
        write: false,
        bundle: true,
        packages: 'external',
        platform: 'node',
        target: 'node20',
        format: 'cjs',
        sourcemap: 'inline',
        sourcesContent: false,
        logLevel: 'silent',
        // A module is strict; and CommonJS has no import.meta: give the entry's own, which is where the text runs.
        banner: { js: '"use strict"; var __entryUrl = require("node:url").pathToFileURL(__filename).href;' },
        define: {
          'import.meta.url': '__entryUrl',
          'import.meta.filename': '__filename',
          'import.meta.dirname': '__dirname',
        },
        ...(tsconfig === undefined ? { tsconfigRaw: {} } : { tsconfig }),
      });
      return outputFiles[0].text;
    });
  }

  /** Whether a text is JavaScript with or without ES module syntax: `{code}` if so. It is not run. */
  async checkSyntax(file: string, text: string): Promise<Compiled> {
    return this.attempt(async () => {
      const { code } = await esbuild.transform(text, {
        loader: 'js',
        sourcefile: basename(file),
        logLevel: 'silent',
        tsconfigRaw: {},
      });
      return code;
    });
  }

  /** Reads the entry and whatever it imports; a syntax error in any of them is a problem. */
  async graph(file: string): Promise<Graph> {
    const missing: string[] = [];
    const found = await this.attempt(async () => {
      missing.length = 0;
      const { metafile } = await esbuild.build({
        absWorkingDir: '/',
        entryPoints: [file],
        bundle: true,
        write: false,
        metafile: true,
        platform: 'node',
        // Takes every syntax that Node takes, top-level await too.
        format: 'esm',
        target: 'esnext',
        logLevel: 'silent',
        tsconfigRaw: {},
        plugins: [ownFilesOnly(missing)],
      });
      return Object.keys(metafile.inputs).join('\n');
    });
    if (!('code' in found)) return found;
    const files = found.code.split('\n').map((path) => join('/', path));
    return { files: files.filter((path) => !isInstalled(path)), missing: [...missing] };
  }

  /** Ends esbuild's service. A later need starts another. */
  async stop(): Promise<void> {
    await esbuild.stop();
  }

  private async attempt(work: () => Promise<string>): Promise<Compiled> {
    const first = await this.once(work);
    if (!('failure' in first)) return first;
    // A dead service stays dead until it is stopped; after that the next request starts a new one.
    await esbuild.stop();
    return this.once(work);
  }

  private async once(work: () => Promise<string>): Promise<Compiled> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Compiled>((resolve) => {
      timer = setTimeout(() => resolve({ failure: `the compiler took longer than ${this.limitMs} ms` }), this.limitMs);
    });
    try {
      return await Promise.race([work().then((code) => ({ code }), explain), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function explain(error: unknown): Compiled {
  if (!isBuildFailure(error)) return { failure: error instanceof Error ? error.message : String(error) };
  const lines = error.errors.slice(0, MAX_FAULTS_SHOWN).map(({ location, text }) => {
    // esbuild counts columns from 0, people from 1.
    return location ? `${location.file}:${location.line}:${location.column + 1} ${text}` : text;
  });
  const more = error.errors.length - lines.length;
  return { problem: [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n') };
}

function isBuildFailure(error: unknown): error is esbuild.BuildFailure {
  return Array.isArray((error as esbuild.BuildFailure).errors) && (error as esbuild.BuildFailure).errors.length > 0;
}

async function findTsconfig(from: string, root: string): Promise<string | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, 'tsconfig.json');
    const isThere = await stat(file).then(
      (stats) => stats.isFile(),
      () => false,
    );
    if (isThere) return file;
    if (folder === root || folder === dirname(folder)) return undefined;
  }
}
