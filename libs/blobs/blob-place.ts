/**
 * Where blobs are kept, as a setting says it: a directory (`/srv/blobs`, `file:///srv/blobs`) or a bucket
 * (`s3://bucket/prefix?endpoint=https://s3.example.com&region=eu-1&pathStyle=true`).
 */
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export type BlobPlace = { kind: 'files'; directory: string } | { kind: 's3'; bucket: S3Place };

export interface S3Place {
  bucket: string;
  /** With a slash at its end, or ''. */
  prefix: string;
  /** Of a store that is not Amazon's own. */
  endpoint?: string;
  region: string;
  /** The bucket in the path and not in the host name; what most stores other than Amazon's want. */
  pathStyle: boolean;
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^(?:[\w.=-]+\/)*$/;
const OPTIONS = ['endpoint', 'region', 'pathStyle'];

/** How the setting is read; a relative directory is taken from `cwd`. */
export function blobPlace(cwd: string) {
  return {
    rule: 'a directory, or s3://bucket/prefix?endpoint=https://host&region=name&pathStyle=true',
    placeholder: 'place',
    read: (text: string) => parseBlobPlace(text, cwd),
    show: (place: BlobPlace) => (place.kind === 'files' ? place.directory : `s3://${place.bucket.bucket}`),
  };
}

/** In the data folder of a process, when no place is set. */
export function defaultPlace(dataFolder: string): BlobPlace {
  return { kind: 'files', directory: join(dataFolder, 'blobs') };
}

/** Undefined: breaks the rule. */
export function parseBlobPlace(text: string, cwd: string): BlobPlace | undefined {
  if (text.startsWith('s3:')) return parseS3(text);
  if (/^file:\/\/\/./.test(text)) return { kind: 'files', directory: fileURLToPath(text) };
  if (text === '' || text.includes('\0') || /^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return undefined;
  return { kind: 'files', directory: isAbsolute(text) ? text : resolve(cwd, text) };
}

function parseS3(text: string): BlobPlace | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !BUCKET.test(url.hostname)) return undefined;
  if ([...url.searchParams.keys()].some((name) => !OPTIONS.includes(name))) return undefined;
  const path = url.pathname.replace(/^\/+/, '');
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
  const endpoint = url.searchParams.get('endpoint') ?? undefined;
  const pathStyle = url.searchParams.get('pathStyle') ?? String(endpoint !== undefined);
  if (!PREFIX.test(prefix) || !['true', 'false'].includes(pathStyle)) return undefined;
  if (endpoint !== undefined && !/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : ''))
    return undefined;
  const region = url.searchParams.get('region') || 'us-east-1';
  return { kind: 's3', bucket: { bucket: url.hostname, prefix, endpoint, region, pathStyle: pathStyle === 'true' } };
}
