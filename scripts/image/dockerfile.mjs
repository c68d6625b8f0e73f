/** Reads a Dockerfile as far as ours goes: stages, and their steps in order. What it does not know, it refuses. */

const KNOWN = new Set('FROM WORKDIR COPY RUN ENV ARG LABEL ENTRYPOINT EXPOSE CMD'.split(' '));

/**
 * @param {string} text
 * @returns {{ base: string, name?: string, steps: { word: string, args: string, line: number }[] }[]} in the order of the file
 */
export function readDockerfile(text) {
  const stages = [];
  for (const { word, args, line } of stepsOf(text)) {
    if (!KNOWN.has(word)) throw new Error(`Dockerfile:${line}: ${word} is not known here`);
    if (word === 'FROM') {
      const [base, , name] = args.split(/\s+/);
      stages.push({ base, name, steps: [] });
    } else {
      stages.at(-1).steps.push({ word, args, line });
    }
  }
  return stages;
}

/** One for each instruction, with its continued lines joined. */
function stepsOf(text) {
  const steps = [];
  let open;
  text.split('\n').forEach((raw, at) => {
    if (/^\s*(#|$)/.test(raw)) return;
    const part = raw.trim().replace(/\s*\\$/, '');
    if (open) open.args += ` ${part}`;
    else {
      const [, word, args] = /^(\S+)\s*(.*)$/.exec(part);
      steps.push((open = { word: word.toUpperCase(), args, line: at + 1 }));
    }
    if (!/\\\s*$/.test(raw)) open = undefined;
  });
  return steps;
}

/** `COPY --from=build a b c/`: `{ from: 'build', sources: ['a', 'b'], target: 'c/' }`. */
export function copyOf(args) {
  const words = args.split(/\s+/);
  const flags = words.filter((word) => word.startsWith('--'));
  const paths = words.slice(flags.length);
  return {
    from: flags.map((flag) => /^--from=(.+)$/.exec(flag)?.[1]).find(Boolean),
    sources: paths.slice(0, -1),
    target: paths.at(-1),
  };
}

/** `a=1 b="two words"` with `$NAME` looked up in `known`: `{ a: '1', b: 'two words' }`. */
export function pairsOf(args, known = {}) {
  const pairs = [...args.matchAll(/([\w.-]+)=(?:"([^"]*)"|(\S*))/g)];
  const value = (text) => text.replace(/\$(\w+)/g, (_, name) => known[name] ?? '');
  return Object.fromEntries(pairs.map(([, name, quoted, plain]) => [name, value(quoted ?? plain)]));
}

/** Its `LABEL`s, with the arguments that a build is given. */
export function labelsOf(stage, given = {}) {
  const known = {};
  const labels = {};
  for (const { word, args } of stage.steps) {
    if (word === 'ARG') {
      const [name, ...rest] = args.split('=');
      known[name] = given[name] ?? rest.join('=');
    }
    if (word === 'LABEL') Object.assign(labels, pairsOf(args, known));
  }
  return labels;
}
