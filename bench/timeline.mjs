/** Quantities over time as an SVG: one panel each, the same seconds under all. */
import { escaped, GRID, MAIN, OTHER, svg } from './svg.mjs';

const WIDTH = 720;
const PANEL = 130;
const LEFT = 60;
const RIGHT = 20;
const TOP = 34;
const BOTTOM = 36;
const EVERY_S = 20;

/**
 * @param {string} title
 * @param {{ name: string, points: [seconds: number, value: number][], isStep?: boolean, others?: [seconds: number, value: number][] }[]} panels
 *   `others`: a second line, in grey under the first
 */
export function timeline(title, panels) {
  const seconds = Math.max(...panels.flatMap(({ points }) => points.map(([at]) => at)));
  const x = (at) => LEFT + (at / seconds) * (WIDTH - LEFT - RIGHT);
  const height = TOP + panels.length * PANEL + BOTTOM;
  return svg(WIDTH, height, [
    `<text x="${LEFT}" y="20" font-size="14" font-weight="bold">${escaped(title)}</text>`,
    ...panels.map((panel, i) => drawn(panel, x, TOP + i * PANEL)),
    ...marks(seconds).map(
      (at) => `<text x="${x(at).toFixed(1)}" y="${height - BOTTOM + 14}" text-anchor="middle">${at}</text>`,
    ),
    `<text x="${WIDTH - RIGHT}" y="${height - 6}" text-anchor="end">seconds</text>`,
  ]);
}

function marks(last) {
  return Array.from({ length: Math.floor(last / EVERY_S) + 1 }, (_, i) => i * EVERY_S);
}

function drawn({ name, points, isStep = false, others = [] }, x, top) {
  const bottom = top + PANEL - 16;
  const most = niceMost(Math.max(...[...points, ...others].map(([, value]) => value)));
  const y = (value) => bottom - (value / most) * (PANEL - 42);
  const line = (values, colour) => {
    const corners = isStep ? steps(values) : values;
    const text = corners.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${text}"/>`;
  };
  return [
    `<text x="${LEFT}" y="${top + 12}">${escaped(name)}</text>`,
    ...[0, most / 2, most].flatMap((tick) => [
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick)}" y2="${y(tick)}" stroke="${GRID}"/>`,
      `<text x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${Number(tick.toPrecision(3))}</text>`,
    ]),
    ...(others.length > 0 ? [line(others, OTHER)] : []),
    line(points, MAIN),
  ].join('\n');
}

/** What stays as it was until it changes. */
function steps(points) {
  const [first, ...rest] = points;
  return [
    first,
    ...rest.flatMap(([at, value], i) => [
      [at, points[i][1]],
      [at, value],
    ]),
  ];
}

/** The next round number above. */
function niceMost(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= value);
}
