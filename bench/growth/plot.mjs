/** A curve as an SVG: one panel a quantity, the size on a logarithmic axis, both axes named. */
import { escaped, GRID, MAIN, svg } from '../svg.mjs';

const WIDTH = 640;
const PANEL = 200;
const LEFT = 80;
const RIGHT = 20;
const TOP = 34;
const BOTTOM = 44;

/** @param {string} title @param {{ name: string, points: [x: number, y: number][] }[]} panels */
export function plot(title, panels) {
  const height = TOP + panels.length * PANEL + BOTTOM;
  const parts = panels.map((panel, i) => drawn(panel, TOP + i * PANEL, i === panels.length - 1));
  return svg(WIDTH, height, [
    `<text x="${LEFT}" y="20" font-size="14" font-weight="bold">${escaped(title)}</text>`,
    ...parts,
  ]);
}

function drawn({ name, points }, top, isLast) {
  const xs = points.map(([x]) => x);
  const most = niceMost(Math.max(...points.map(([, y]) => y)));
  const bottom = top + PANEL - 24;
  const atX = scale(position(Math.min(...xs)), position(Math.max(...xs)), LEFT + 10, WIDTH - RIGHT - 10);
  const atY = scale(0, most, bottom, top + 20);
  const x = (value) => atX(position(value)).toFixed(1);
  const y = (value) => atY(value).toFixed(1);
  const ticks = [0, most / 2, most];
  return [
    `<text x="${LEFT}" y="${top + 12}">${escaped(name)}</text>`,
    ...ticks.map(
      (tick) => `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick)}" y2="${y(tick)}" stroke="${GRID}"/>`,
    ),
    ...ticks.map((tick) => `<text x="${LEFT - 8}" y="${atY(tick) + 4}" text-anchor="end">${short(tick)}</text>`),
    ...xs.map(
      (value) => `<text x="${x(value)}" y="${bottom + 16}" text-anchor="middle">${isLast ? short(value) : ''}</text>`,
    ),
    `<polyline fill="none" stroke="${MAIN}" stroke-width="2" points="${points.map((p) => `${x(p[0])},${y(p[1])}`).join(' ')}"/>`,
    ...points.map((p) => `<circle cx="${x(p[0])}" cy="${y(p[1])}" r="3" fill="${MAIN}"/>`),
  ].join('\n');
}

/** By powers of ten; 0 has a place of its own, before 1. */
function position(value) {
  return value === 0 ? -1 : Math.log10(value);
}

function scale(from, to, first, last) {
  return (value) => (from === to ? (first + last) / 2 : first + ((value - from) / (to - from)) * (last - first));
}

/** The next of 1, 2, 5 times a power of ten. */
function niceMost(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}

function short(value) {
  if (value >= 1e6) return `${value / 1e6}M`;
  if (value >= 1e3) return `${value / 1e3}k`;
  return String(Number(value.toPrecision(3)));
}
