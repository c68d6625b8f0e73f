/** The dashboard that we ship, and what it asks Prometheus. */
import type { Dashboard, Panel } from '@grafana/schema';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const DASHBOARD = join(__dirname, '../../deploy/grafana/invoq.json');

export interface Asked {
  panel: string;
  legend: string;
  expr: string;
}

export function shippedDashboard(): Dashboard {
  return JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard;
}

export function panelsOf({ panels }: Dashboard): Panel[] {
  return (panels ?? []).filter((panel) => panel.type !== 'row');
}

export function asked(dashboard: Dashboard): Asked[] {
  return panelsOf(dashboard).flatMap(({ title = '', targets = [] }) =>
    targets.map(({ expr, legendFormat = '' }) => ({ panel: title, legend: String(legendFormat), expr: String(expr) })),
  );
}

/** As Grafana asks it with everything chosen, when Prometheus scrapes every second. */
export function asSent(expr: string): string {
  return expr.replaceAll('$__rate_interval', '10s').replaceAll(/\$(instance|queue|function)\b/g, '.*');
}
