/** Grafana's model of the dashboard: what deploy/grafana/invoq.json is made of. `test/docs/dashboard.spec.ts` writes that file. */
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  type Dashboard,
  DashboardCursorSync,
  type DataSourceRef,
  defaultDashboard,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  type Panel,
  PercentChangeColorMode,
  type RowPanel,
  SortOrder,
  StackingMode,
  type ThresholdsConfig,
  ThresholdsMode,
  TooltipDisplayMode,
  type VariableModel,
  VariableRefresh,
  VariableSort,
  VizOrientation,
} from '@grafana/schema';
import type { Options as StatOptions } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type {
  FieldConfig as LinesConfig,
  Options as LinesOptions,
} from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import { type PanelSpec, ROWS, type RowSpec } from './panels';

/** Whichever Prometheus the reader has chosen above the panels. */
const DATASOURCE: DataSourceRef = { type: 'prometheus', uid: '${datasource}' };
/** Grafana divides the width into so many. */
const COLUMNS = 24;
const NUMBER = { w: 3, h: 4 };
const LINES = { w: 8, h: 8 };

export function dashboard(): Dashboard {
  const panels = placed(ROWS);
  return {
    uid: 'invoq',
    title: 'Invoq',
    description:
      'Calls, queues, workers and Redis of one Invoq. docs/monitoring.md has the metrics, docs/operations.md the alerts.',
    tags: ['invoq'],
    schemaVersion: defaultDashboard.schemaVersion,
    editable: true,
    graphTooltip: DashboardCursorSync.Crosshair,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    templating: { list: VARIABLES },
    panels,
  };
}

const VARIABLES: VariableModel[] = [
  { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
  chosen('instance', 'Process', 'label_values(process_start_time_seconds{app=~"api|worker"}, instance)'),
  chosen('queue', 'Queue', 'label_values(invoq_queue_depth, queue)'),
  chosen('function', 'Function', 'label_values(invoq_invocations_total, function)'),
];

/** One that the reader chooses among the values that there are; all of them at first. */
function chosen(name: string, label: string, query: string): VariableModel {
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    query: { query, refId: `invoq-${name}` },
    includeAll: true,
    allValue: '.*',
    multi: true,
    current: { text: ['All'], value: ['$__all'] },
    refresh: VariableRefresh.onTimeRangeChanged,
    sort: VariableSort.naturalAsc,
  };
}

/** Rows one below the other; the panels of each from left to right. */
function placed(rows: RowSpec[]): (Panel | RowPanel)[] {
  const all: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    all.push({
      id: all.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const spec of panels) {
      const { w, h } = spec.shows === 'number' ? NUMBER : LINES;
      if (x + w > COLUMNS) {
        x = 0;
        y += height;
      }
      all.push({ ...panel(spec), id: all.length + 1, gridPos: { x, y, w, h } });
      x += w;
      height = h;
    }
    y += height;
  }
  return all;
}

function panel(spec: PanelSpec): Panel {
  const { title, says, lines, shows } = spec;
  return {
    title,
    description: says,
    datasource: DATASOURCE,
    targets: lines.map(([legendFormat, expr], at) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + at),
      datasource: DATASOURCE,
      expr,
      // A number shows what is, and no history.
      ...(shows === 'number' ? { instant: true } : { legendFormat, range: true }),
    })),
    ...(shows === 'number' ? asNumber(spec) : asLines(spec)),
  };
}

function asNumber(spec: PanelSpec): Pick<Panel, 'type' | 'options' | 'fieldConfig'> {
  const options: StatOptions = {
    colorMode: BigValueColorMode.Value,
    graphMode: BigValueGraphMode.None,
    justifyMode: BigValueJustifyMode.Auto,
    orientation: VizOrientation.Auto,
    percentChangeColorMode: PercentChangeColorMode.Standard,
    reduceOptions: { calcs: ['lastNotNull'] },
    showPercentChange: false,
    textMode: BigValueTextMode.Value,
    wideLayout: true,
  };
  return {
    type: 'stat',
    options: { ...options },
    fieldConfig: { defaults: { ...scale(spec), noValue: '–' }, overrides: [] },
  };
}

function asLines(spec: PanelSpec): Pick<Panel, 'type' | 'options' | 'fieldConfig'> {
  const options: LinesOptions = {
    legend: { displayMode: LegendDisplayMode.List, placement: 'bottom', showLegend: true, calcs: [] },
    tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
  };
  const custom: LinesConfig = {
    fillOpacity: spec.shows === 'stack' ? 30 : 0,
    lineWidth: 1,
    stacking: { mode: spec.shows === 'stack' ? StackingMode.Normal : StackingMode.None },
    thresholdsStyle: { mode: spec.thresholds ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off },
  };
  return {
    type: 'timeseries',
    options: { ...options },
    fieldConfig: { defaults: { ...scale(spec), custom: { ...custom } }, overrides: [] },
  };
}

function scale({ unit, thresholds }: PanelSpec): { unit: string; min: number; thresholds: ThresholdsConfig } {
  const [warn, bad] = thresholds ?? [];
  const steps = [
    { value: null, color: 'green' },
    ...(warn === undefined ? [] : [{ value: warn, color: 'yellow' }]),
    ...(bad === undefined ? [] : [{ value: bad, color: 'red' }]),
  ];
  return { unit, min: 0, thresholds: { mode: ThresholdsMode.Absolute, steps } };
}
