/**
 * Hooks of Node's loader of ES modules (nodejs.org/api/module.html, "Customization Hooks"). They run in a thread of their own,
 * and load the texts that `kept-texts.ts` hands them in place of the files.
 */
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { placeOf, type Texts } from './kept-texts';

interface Resolved {
  url: string;
  format?: string | null;
  shortCircuit?: boolean;
}
interface Loaded {
  format: string;
  source?: string;
  shortCircuit?: boolean;
}

const FORMATS: Readonly<Record<string, string>> = { '.cjs': 'commonjs', '.json': 'json' };

let kept: Texts = {};

export function initialize(texts: Texts): void {
  kept = texts;
}

export async function resolve(
  specifier: string,
  context: { parentURL?: string },
  next: (specifier: string, context: object) => Promise<Resolved>,
): Promise<Resolved> {
  try {
    return await next(specifier, context);
  } catch (error) {
    const { parentURL } = context;
    const request = specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier;
    const found = placeOf(kept, request, parentURL?.startsWith('file:') ? fileURLToPath(parentURL) : undefined);
    if (found === undefined) throw error;
    return { url: pathToFileURL(found).href, shortCircuit: true };
  }
}

export async function load(
  url: string,
  context: { format?: string | null },
  next: (url: string, context: object) => Promise<Loaded>,
): Promise<Loaded> {
  const file = url.startsWith('file:') ? fileURLToPath(url) : '';
  if (!Object.hasOwn(kept, file)) return next(url, context);
  return { format: context.format ?? FORMATS[extname(file)] ?? 'module', source: kept[file], shortCircuit: true };
}
