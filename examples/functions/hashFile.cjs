// CPU-bound work in CommonJS: the SHA-256 of a file under _data/, hashed `rounds` times over.
const { createHash } = require('node:crypto');
const { readFile, realpath } = require('node:fs/promises');
const path = require('node:path');

const DATA = path.join(__dirname, '_data');
const MAX_ROUNDS = 1_000_000;

exports.main = async (event, context) => {
  const name = event.path ?? 'orders.csv';
  const rounds = event.rounds ?? 20_000;
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MAX_ROUNDS) {
    throw new RangeError(`rounds must be an integer from 1 to ${MAX_ROUNDS}`);
  }
  const [folder, file] = await Promise.all([realpath(DATA), realpath(path.resolve(DATA, name))]);
  if (!file.startsWith(folder + path.sep)) throw new RangeError(`path must stay inside ${DATA}`);

  const bytes = await readFile(file);
  const started = performance.now();
  let hash = createHash('sha256').update(bytes).digest();
  for (let round = 1; round < rounds; round++) {
    hash = createHash('sha256').update(hash).digest();
    if (round % 5_000 === 0) {
      context.progress(round / rounds);
      // A breath: only now can progress leave the process, and a cancellation arrive.
      await new Promise(setImmediate);
      context.signal.throwIfAborted();
    }
  }
  return {
    path: name,
    bytes: bytes.length,
    rounds,
    sha256: hash.toString('hex'),
    ms: Math.round(performance.now() - started),
  };
};
