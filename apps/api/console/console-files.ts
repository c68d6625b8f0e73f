/** The built console, read once. It is small, and a request finds it in memory, compressed already. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Injectable } from '@nestjs/common';

/** Beside the built apps. */
const FOLDER = join(__dirname, '..', '..', '..', 'console');
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** Where the page has the nonce of its response. */
const NONCE = '__NONCE__';

export interface Asset {
  type: string;
  plain: Buffer;
  gzip: Buffer;
}

@Injectable()
export class ConsoleFiles {
  private readonly assets = new Map<string, Asset>();
  private readonly html: string | undefined;

  constructor() {
    try {
      this.html = readFileSync(join(FOLDER, 'index.html'), 'utf8');
      for (const name of readdirSync(join(FOLDER, 'assets'))) {
        const plain = readFileSync(join(FOLDER, 'assets', name));
        const type = TYPES[extname(name)] ?? 'application/octet-stream';
        this.assets.set(name, { type, plain, gzip: gzipSync(plain) });
      }
    } catch (error) {
      // An API that was built by the compiler alone has no console.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** Undefined: the console was not built. */
  page(nonce: string): string | undefined {
    return this.html?.replaceAll(NONCE, nonce);
  }

  asset(name: string): Asset | undefined {
    return this.assets.get(name);
  }
}
