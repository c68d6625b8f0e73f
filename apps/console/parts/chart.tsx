/** A small chart over time. All charts of a page show the same moment under the pointer. */
import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { useWords } from '../words';

export interface Series {
  label: string;
  /** A colour of style.css, such as `--good-bar`. */
  colour: string;
  values: (number | null)[];
}

interface ChartProps {
  title: string;
  /** s since the epoch. */
  times: number[];
  series: Series[];
  /** How a value is written. */
  write: (value: number) => string;
  /** Bars on top of each other, instead of lines. */
  isStacked?: boolean;
}

const HEIGHT = 132;
const FEW = 5;
const sync = uPlot.sync('moment');

export default function Chart({ title, times, series, write, isStacked = false }: ChartProps) {
  const { clock, locale } = useWords();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const made = useRef('');
  const data = dataOf(times, series, isStacked);
  const held = useRef(data);
  held.current = data;
  const styleKey = JSON.stringify([series.map(({ label, colour }) => [label, colour]), isStacked, locale]);
  useEffect(() => {
    if (made.current !== styleKey) {
      plot.current?.destroy();
      plot.current = new uPlot(options(place.current!, series, write, clock, isStacked), held.current, place.current!);
      made.current = styleKey;
    } else plot.current?.setData(held.current);
  });
  useEffect(() => {
    const watch = new ResizeObserver(() =>
      plot.current?.setSize({ width: place.current!.clientWidth, height: HEIGHT }),
    );
    watch.observe(place.current!);
    return () => (watch.disconnect(), plot.current?.destroy(), void (made.current = ''));
  }, []);
  const newest = series
    .map(({ label, values }) => {
      const value = values.findLast((each) => each !== null);
      return value === null || value === undefined ? '' : `${label} ${write(value)}`;
    })
    .filter((text) => text !== '')
    .join(', ');
  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      <div ref={place} role="img" aria-label={`${title}: ${newest}`} />
    </figure>
  );
}

/** uPlot stacks nothing itself: each series is drawn over the sum of those after it. */
function dataOf(times: number[], series: Series[], isStacked: boolean): uPlot.AlignedData {
  if (!isStacked) return [times, ...series.map(({ values }) => values)];
  const sums: number[][] = [];
  for (const [at, { values }] of [...series].reverse().entries())
    sums.unshift(values.map((value, index) => (value ?? 0) + (at === 0 ? 0 : sums[0][index])));
  return [times, ...sums];
}

function options(
  place: HTMLElement,
  series: Series[],
  write: (value: number) => string,
  clock: (at: number) => string,
  isStacked: boolean,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const bars = uPlot.paths.bars!({ size: [0.85, 40] });
  const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
  return {
    width: place.clientWidth,
    height: HEIGHT,
    cursor: { sync: { key: sync.key }, drag: { x: false, y: false }, points: { size: 6 } },
    legend: { live: true },
    axes: [
      { ...axis, space: 70, size: 24, values: (_, at) => at.map((s) => clock(s * 1_000).slice(0, 5)) },
      { ...axis, size: 62, space: 32, values: (_, at) => at.map(write) },
    ],
    scales: { y: { range: (_, _low, high) => [0, Math.max(high * 1.1, 1)] } },
    series: [
      { value: (_, s: number | null) => (s === null ? '–' : clock(s * 1_000)) },
      ...series.map(({ label, colour: name, values }, at) => ({
        label,
        stroke: colour(name),
        width: isStacked ? 0 : 1.5,
        // A line of few points is none.
        points: { show: values.filter((value) => value !== null).length <= FEW, size: 5 },
        ...(isStacked ? { fill: colour(name), paths: bars, points: { show: false } } : {}),
        value: (_: uPlot, value: number | null, __: number, index: number | null) =>
          value === null || index === null ? '–' : write(isStacked ? (series[at].values[index] ?? 0) : value),
        spanGaps: false,
        show: values.length >= 0,
      })),
    ],
  };
}
