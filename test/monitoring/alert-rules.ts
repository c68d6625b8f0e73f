/** The alerts that we ship, as Prometheus reads them, and the metrics that an expression names. */
import { METRICS, type MetricName } from '@invoq/host/metric-table';
import { load } from 'js-yaml';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const PROMETHEUS = join(__dirname, '../../deploy/prometheus');
export const RULES = join(PROMETHEUS, 'invoq.rules.yml');
export const RULE_TESTS = join(PROMETHEUS, 'invoq.rules.test.yml');

export interface Alert {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export function alerts(): Alert[] {
  const { groups } = load(readFileSync(RULES, 'utf8')) as { groups: { rules: Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

interface RuleTest {
  alert_rule_test: { alertname: string; exp_alerts: object[] }[];
}

/** Alerts that a unit test of promtool sees both ways: silent, and raised. */
export function testedAlerts(): { silent: Set<string>; raised: Set<string> } {
  const { tests } = load(readFileSync(RULE_TESTS, 'utf8')) as { tests: RuleTest[] };
  const cases = tests.flatMap(({ alert_rule_test: ofTest }) => ofTest);
  const named = (isRaised: boolean): Set<string> =>
    new Set(cases.filter((one) => one.exp_alerts.length > 0 === isRaised).map(({ alertname }) => alertname));
  return { silent: named(false), raised: named(true) };
}

/** What Prometheus adds to each series, and what a histogram has. */
const ADDED_LABELS = ['app', 'instance', 'job'];
const OF_HISTOGRAM = /_(bucket|sum|count)$/;

/** Metrics of ours that an expression names and that are not there, or labels that they do not have. */
export function unknownIn(expr: string): string[] {
  return [...expr.matchAll(/\b(invoq_\w+)(?:\{([^}]*)\})?/g)].flatMap(([, series, matchers = '']) => {
    const base = series.replace(OF_HISTOGRAM, '');
    const isPart = base !== series && METRICS[base as MetricName]?.type === 'histogram';
    const metric = METRICS[(isPart ? base : series) as MetricName];
    if (!metric || (metric.type === 'histogram' && !isPart)) return [series];
    const known: string[] = [...metric.labels, ...ADDED_LABELS, ...(isPart ? ['le'] : [])];
    const labels = [...matchers.matchAll(/(\w+)\s*[!=]~?/g)].map(([, label]) => label);
    return labels.filter((label) => !known.includes(label)).map((label) => `${series}{${label}}`);
  });
}
