/** What docker-compose.yml says of each container, for a run without Compose. test/image/image.spec.ts holds both together. */

export const REDIS = '--appendonly yes --appendfsync always --maxmemory 1gb --maxmemory-policy noeviction'.split(' ');

export const API = {
  name: 'api',
  user: 'node',
  caps: [],
  command: ['node', 'dist/apps/api/main.js'],
  env: { INVOQ_KEYS_FILE: '/run/secrets/keys' },
};

export const WORKER = {
  name: 'worker',
  user: 'root',
  caps: ['CHOWN', 'KILL', 'SETGID', 'SETUID'],
  command: ['node', 'dist/apps/worker/main.js'],
  env: { INVOQ_FUNCTIONS: '/functions' },
  /** From the checkout. */
  mounts: ['examples/functions:/functions:ro'],
};
