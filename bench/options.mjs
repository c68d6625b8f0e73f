/** The command line of `npm run bench`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Trouble } from '../scripts/trouble.mjs';
import { CURVES } from './growth/curves.mjs';
import { RIVALS } from './house.mjs';
import { GENERATORS } from './load/generator.mjs';
import { MEASURES } from './measures.mjs';

export const EXECUTOR = 'executor';
/** The rival that stands for 1. */
export const REFERENCE = 'diy';

export const USAGE = `npm run bench -- [options]
  --rounds <n>     rounds that count, after one that warms up (5)
  --seconds <s>    length of one slice (3)
  --only <a,b>     only these rivals and measures: ${[...RIVALS, ...MEASURES].map(({ name }) => name).join(', ')}, ${EXECUTOR}
  --generator <g>  what makes the load: ${GENERATORS.join(' or ')} (wrk, and autocannon where wrk cannot be had)
  --json <file>    also write all figures there
  --write          write the table into docs/performance.md (the default when everything is measured)
  --profile <dir>  write CPU profiles of our API and worker there
  --against <dir>  beside another checkout that is built, called \`before\` in the table
  --growth         how cost grows: ${CURVES.map(({ name }) => name).join(', ')} (--only takes these then), into docs/performance.md
                   and docs/plots; with --most, only the figures
  --most <n>       with --growth: no point of a curve beyond n
  --smoke          a short run against bench/baseline.json; exit 1 when we became slower
  --rebase         with --smoke: write what was measured as the new baseline`;

export function readOptions(args) {
  const { values } = parsed(args);
  const only = values.only?.split(',');
  const known = values.growth ? CURVES : [...RIVALS, ...MEASURES, { name: EXECUTOR }];
  const unknown = only?.find((name) => !known.some((each) => each.name === name));
  if (unknown !== undefined)
    throw new Trouble(`--only ${unknown}: there is no such rival, measure or curve.\n${USAGE}`);
  if (values.generator !== undefined && !GENERATORS.includes(values.generator))
    throw new Trouble(`--generator must be ${GENERATORS.join(' or ')}.`);
  const rivals = picked(RIVALS, only);
  return {
    help: values.help,
    smoke: values.smoke,
    growth: values.growth && {
      only,
      most: values.most === undefined ? Infinity : number('--most', values.most, 0, 1e9),
      write: values.most === undefined,
    },
    rebase: values.rebase,
    rounds: number('--rounds', values.rounds, 1, 100),
    seconds: number('--seconds', values.seconds, 0.2, 60),
    // Without ourselves and what all are compared with the figures would say nothing.
    rivals: [...new Set(['ours', values.against ? 'before' : REFERENCE, ...rivals.map(({ name }) => name)])],
    /** What the ratios are to. */
    reference: values.against ? 'before' : REFERENCE,
    measures: picked(MEASURES, only),
    executor: only === undefined || only.includes(EXECUTOR),
    // `--only executor` needs no rival at all.
    http: only === undefined || only.some((name) => name !== EXECUTOR),
    generator: values.generator,
    json: values.json,
    write: values.write || (only === undefined && values.against === undefined),
    profile: values.profile && resolve(values.profile),
    against: values.against && resolve(values.against),
  };
}

function parsed(args) {
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  try {
    return parseArgs({
      args,
      options: {
        rounds: { ...text, default: '5' },
        seconds: { ...text, default: '3' },
        only: text,
        generator: text,
        json: text,
        profile: text,
        against: text,
        most: text,
        growth: flag,
        write: flag,
        smoke: flag,
        rebase: flag,
        help: flag,
      },
    });
  } catch (error) {
    throw new Trouble(`${error.message}\n${USAGE}`);
  }
}

/** Those that are named, or all when none of this kind is. */
function picked(list, only) {
  const named = list.filter(({ name }) => only?.includes(name));
  return named.length > 0 ? named : list;
}

function number(name, text, least, most) {
  const value = Number(text);
  if (!(value >= least && value <= most)) throw new Trouble(`${name} must be between ${least} and ${most}.`);
  return value;
}
