/** The Helm chart: what it renders is what Kubernetes and KEDA know, and means what the apps mean. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_SETTINGS } from '../../apps/api/settings';
import { WORKER_SETTINGS } from '../../apps/worker/settings';
import { canRender, CHART, check, type Manifest, renderAll, template, type Values } from './chart';

const SETS = {
  'nothing said': {},
  'all options': {
    image: { digest: `sha256:${'a'.repeat(64)}` },
    imagePullSecrets: [{ name: 'registry' }],
    secrets: { redisCa: { name: 'redis-ca', key: 'ca.crt' } },
    settings: { INVOQ_PARTITIONS: 4_000_000, INVOQ_REQUIRE_AOF: true, INVOQ_REDIS_PREFIX: 'staging' },
    functions: { image: { repository: 'registry.example/functions', tag: '7' } },
    podAnnotations: { team: 'jobs' },
    podLabels: { team: 'jobs' },
    api: {
      settings: { INVOQ_TRUST_PROXY: 1 },
      shutdownDelaySeconds: 20,
      graceSeconds: 60,
      hpa: { enabled: true },
      nodeSelector: { pool: 'api' },
      tolerations: [{ key: 'api', operator: 'Exists' }],
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
      ],
    },
    service: { type: 'LoadBalancer', port: 80, annotations: { a: 'b' } },
    ingress: { enabled: true, className: 'nginx', tlsSecret: 'tls', annotations: { a: 'b' } },
    worker: { sandboxUsers: { enabled: true }, scaling: { enabled: true }, settings: { INVOQ_SPARES: 1 } },
    networkPolicy: {
      apiFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'keda' } } }],
      metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      redis: { to: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: [6379, 26379] },
      egress: [{ ports: [{ port: 4318, protocol: 'TCP' }] }],
    },
    metrics: {
      podMonitor: { enabled: true, labels: { release: 'prometheus' } },
      rules: { enabled: true, labels: { release: 'prometheus' } },
    },
  },
  'several queues': {
    blobs: { kind: 's3', s3: { url: 's3://bucket/invoq?region=eu-central-1', credentialsSecret: 's3' } },
    functions: { dirs: 'prod=/functions/prod,test=/functions/test', path: '/functions', existingClaim: 'functions' },
    worker: { scaling: { enabled: true }, drainSeconds: 600 },
    workers: [
      { name: 'web', queues: ['default', 'mail'], slots: { async: 8 }, scaling: { lanes: ['sync', 'async'] } },
      { name: 'reports', queues: ['reports'], drainSeconds: 0, graceSeconds: 600, scaling: { minReplicas: 0 } },
      {
        name: 'quiet',
        queues: ['quiet_1'],
        scaling: { enabled: false },
        pdb: { enabled: false },
        settings: { INVOQ_SPARES: 0 },
      },
    ],
  },
  'functions in a ConfigMap': { functions: { configMap: 'functions', path: '/functions' } },
} satisfies Record<string, Values>;
/** A chart cannot reach beyond its folder, so it has a copy. */
const RULES = join(__dirname, '../../deploy/prometheus/invoq.rules.yml');
const NAMES = Object.keys(SETS) as (keyof typeof SETS)[];

/** The API server's own, and those that a pod of ours may have; nothing else is left to chance. */
const SECONDS_TO_CLOSE = 10;
/** `data` of an answer: see `QueueLoad`. */
const READ_BY_KEDA = ['depth', 'running'];

test('the alerts of the chart are a copy: cp deploy/prometheus/invoq.rules.yml deploy/helm/invoq/rules/', () => {
  expect(readFileSync(join(CHART, 'rules/invoq.rules.yml'), 'utf8')).toBe(readFileSync(RULES, 'utf8'));
});

if (canRender()) describe('the chart', theChart);
else test.skip('left out: the Helm chart is not rendered here', () => undefined);

function theChart(): void {
  let rendered: ReturnType<typeof renderAll<keyof typeof SETS>>;
  beforeAll(() => (rendered = renderAll(SETS)), 240_000);
  const all = (): Manifest[] => NAMES.flatMap((name) => rendered[name].manifests);
  const deployments = (set = all()): Manifest[] => set.filter(({ kind }) => kind === 'Deployment');
  const find = (name: keyof typeof SETS, kind: string, called: string): Manifest => {
    const found = rendered[name].manifests.find((each) => each.kind === kind && each.metadata.name === called);
    if (!found) throw new Error(`${name}: no ${kind} ${called}`);
    return found;
  };

  test.each(NAMES)('with %s, every manifest fits the schema of its kind, and has no field beside it', (name) => {
    expect(rendered[name].faults).toEqual([]);
    const named = rendered[name].manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(named).size).toBe(named.length);
    expect(named).toContain('Deployment/rel-invoq-api');
  });

  it('renders the kinds that the values ask for, and no others', () => {
    const kinds = (name: keyof typeof SETS): string[] =>
      [...new Set(rendered[name].manifests.map(({ kind }) => kind))].sort();
    const always = ['Deployment', 'NetworkPolicy', 'PodDisruptionBudget', 'Service', 'ServiceAccount'];
    expect(kinds('nothing said')).toEqual([...always, 'PersistentVolumeClaim'].sort());
    expect(kinds('several queues')).toEqual([...always, 'ScaledObject', 'TriggerAuthentication'].sort());
    const more = ['PersistentVolumeClaim', 'HorizontalPodAutoscaler', 'Ingress', 'PodMonitor', 'PrometheusRule'];
    expect(kinds('all options')).toEqual([...always, ...more, 'ScaledObject', 'TriggerAuthentication'].sort());
  });

  it('selectors match the pods that they are meant for, and no others', () => {
    for (const name of NAMES) {
      const pods = deployments(rendered[name].manifests).map(({ metadata, spec }) => ({
        of: metadata.name,
        labels: spec.template.metadata.labels as Record<string, string>,
      }));
      const chosen = (labels: Record<string, string>): string[] =>
        pods
          .filter((pod) => Object.entries(labels).every(([key, value]) => pod.labels[key] === value))
          .map(({ of }) => of);
      for (const { kind, metadata, spec } of rendered[name].manifests) {
        if (kind === 'Deployment' || kind === 'PodDisruptionBudget')
          expect([kind, chosen(spec.selector.matchLabels)]).toEqual([kind, [metadata.name]]);
        if (kind === 'Service') expect(chosen(spec.selector)).toEqual(['rel-invoq-api']);
        const workers = pods.map(({ of }) => of).filter((of) => of !== 'rel-invoq-api');
        const meant = metadata.name.endsWith('-api') ? ['rel-invoq-api'] : workers;
        if (kind === 'NetworkPolicy') expect(chosen(spec.podSelector.matchLabels)).toEqual(meant);
        if (kind === 'PodMonitor') expect(chosen(spec.selector.matchLabels)).toEqual(meant);
      }
    }
  });

  it('a pod has time for its drain and its grace, and the process is told the same', () => {
    for (const { metadata, spec } of deployments()) {
      const [container] = spec.template.spec.containers;
      const env = variables(container);
      const hook = container.lifecycle?.preStop.exec.command as string[] | undefined;
      const drain = hook ? seconds(hook.at(-1)!) : 0;
      const asked = seconds(env.INVOQ_GRACE) + seconds(env.INVOQ_SHUTDOWN_DELAY ?? '0s') + drain;
      expect([metadata.name, spec.template.spec.terminationGracePeriodSeconds]).toEqual([
        metadata.name,
        asked + SECONDS_TO_CLOSE,
      ]);
      if (hook) expect(hook.slice(0, 3)).toEqual(['invoq', 'drain-here', '--wait']);
    }
    const drains = deployments(rendered['several queues'].manifests).map(
      ({ spec }) => spec.template.spec.terminationGracePeriodSeconds as number,
    );
    expect(drains).toEqual([45, 640, 610, 640]);
  });

  it('every variable is a setting of its app, with a value that the setting takes', () => {
    for (const { metadata, spec } of deployments()) {
      const settings = Object.values(metadata.name.endsWith('-api') ? API_SETTINGS : WORKER_SETTINGS);
      const [container] = spec.template.spec.containers;
      for (const [name, value] of Object.entries(variables(container))) {
        if (name.startsWith('AWS_')) continue;
        const isFile = name.endsWith('_FILE') && !settings.some(({ env }) => env === name);
        const setting = settings.find(({ env }) => env === (isFile ? name.slice(0, -'_FILE'.length) : name));
        if (!setting) throw new Error(`${metadata.name}: ${name} is no setting of it`);
        const isUnbounded = name === 'INVOQ_PARTITIONS';
        if (!isFile && !isUnbounded) expect([name, setting.parse.read(value)]).not.toEqual([name, undefined]);
      }
      const names = container.env.map(({ name }: { name: string }) => name) as string[];
      expect(names).toEqual([...new Set(names)]);
    }
    const numbers = variables(find('all options', 'Deployment', 'rel-invoq-api').spec.template.spec.containers[0]);
    expect(numbers).toMatchObject({ INVOQ_PARTITIONS: '4000000', INVOQ_REQUIRE_AOF: 'true', INVOQ_TRUST_PROXY: '1' });
  });

  it('every file that a variable names is mounted from a Secret, and can be read by the group of the apps alone', () => {
    for (const { metadata, spec } of deployments()) {
      const { containers, volumes, securityContext } = spec.template.spec;
      const { projected } = volumes.find(({ name }: { name: string }) => name === 'secrets');
      const paths = projected.sources.flatMap(({ secret }: { secret: { items: { path: string }[] } }) =>
        secret.items.map(({ path }) => `/run/secrets/invoq/${path}`),
      ) as string[];
      const named = Object.values(variables(containers[0])).filter((value) => value.startsWith('/run/secrets/'));
      expect([metadata.name, named.sort()]).toEqual([metadata.name, paths.sort()]);
      expect(projected.defaultMode).toBe(0o440);
      expect(securityContext.fsGroup).toBe(1000);
      if (!metadata.name.endsWith('-api')) expect(paths.join()).not.toMatch(/keys|blob-secret|scaler|metrics/);
    }
  });

  it('ports are those that the apps listen on; probes, Services, Ingress and monitors name them', () => {
    for (const name of NAMES) {
      for (const { metadata, spec } of deployments(rendered[name].manifests)) {
        const [container] = spec.template.spec.containers;
        const env = variables(container);
        const [port] = container.ports;
        expect(port.containerPort).toBe(Number(env.PORT ?? env.WORKER_PORT));
        expect(env.HOST ?? env.WORKER_HOST).toBe('0.0.0.0');
        const probes = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((each) => container[each].httpGet);
        expect(probes.map(({ path }: { path: string }) => path)).toEqual(['/livez', '/livez', '/readyz']);
        expect(new Set(probes.map((get: { port: string }) => get.port))).toEqual(new Set([port.name]));
        expect(port.name).toBe(metadata.name.endsWith('-api') ? 'http' : 'metrics');
      }
      const service = find(name, 'Service', 'rel-invoq-api');
      expect(service.spec.ports[0].targetPort).toBe('http');
      for (const { metadata, spec } of rendered[name].manifests.filter(({ kind }) => kind === 'NetworkPolicy')) {
        const open = (spec.ingress as { ports: { port: number }[] }[]).flatMap(({ ports }) =>
          ports.map(({ port }) => port),
        );
        const reachable = metadata.name.endsWith('-api') ? [3000] : name === 'all options' ? [3001] : [];
        expect([metadata.name, open]).toEqual([metadata.name, reachable]);
        const out = (spec.egress as { ports?: { port: number }[] }[]).map(({ ports }) =>
          ports?.map(({ port }) => port),
        );
        const redis = name === 'all options' ? [[6379, 26379], [4318]] : [[6379]];
        const bucket = name === 'several queues' ? [[443]] : [];
        const more = metadata.name.endsWith('-api') ? [] : [[3000], undefined];
        expect([metadata.name, out]).toEqual([metadata.name, [[53, 53], ...redis, ...bucket, ...more]]);
      }
    }
  });

  it('KEDA asks a route that is there for numbers that it has, by a key from a Secret', () => {
    const described = JSON.parse(readFileSync(join(__dirname, '../../docs/openapi.json'), 'utf8')) as {
      paths: Record<string, { get: { parameters: { name: string; schema: { enum?: string[] } }[] } }>;
      components: { schemas: Record<string, { properties: Record<string, { type: string }> }> };
    };
    const route = described.paths['/v1/queues/{queue}/load'].get;
    const lanes = route.parameters.find(({ name }) => name === 'lane')!.schema.enum!;
    const { properties } = described.components.schemas.QueueLoadDto;
    for (const name of ['all options', 'several queues'] as const) {
      const workers = deployments(rendered[name].manifests);
      const { port } = find(name, 'Service', 'rel-invoq-api').spec.ports[0];
      const token = find(name, 'TriggerAuthentication', 'rel-invoq-scaler').spec.secretTargetRef;
      expect(token).toEqual([{ parameter: 'token', name: 'invoq', key: 'scaler-key' }]);
      for (const { spec } of rendered[name].manifests.filter(({ kind }) => kind === 'ScaledObject')) {
        const target = workers.find(({ metadata }) => metadata.name === spec.scaleTargetRef.name)!;
        expect(target.spec.replicas).toBeUndefined();
        const env = variables(target.spec.template.spec.containers[0]);
        const asked = new Set<string>();
        for (const { metadata, authenticationRef, metricType } of spec.triggers) {
          expect({ authMode: metadata.authMode, metricType, authenticationRef }).toEqual({
            authMode: 'bearer',
            metricType: 'AverageValue',
            authenticationRef: { name: 'rel-invoq-scaler' },
          });
          const url = new URL(metadata.url as string);
          expect([url.hostname, Number(url.port || 80)]).toEqual(['rel-invoq-api.jobs.svc.cluster.local', port]);
          const [, queue] = /^\/v1\/queues\/([^/]+)\/load$/.exec(url.pathname)!;
          asked.add(queue);
          expect(lanes).toContain(url.searchParams.get('lane'));
          const [data, value] = (metadata.valueLocation as string).split('.');
          expect([data, READ_BY_KEDA.includes(value), properties[value].type]).toEqual(['data', true, 'integer']);
          expect(Number(metadata.targetValue)).toBeGreaterThan(0);
        }
        expect([...asked]).toEqual(env.INVOQ_QUEUES.split(','));
      }
    }
    const targets = (called: string): string[] =>
      find('several queues', 'ScaledObject', called).spec.triggers.map(
        ({ name, metadata }: { name: string; metadata: { targetValue: string } }) => `${name} ${metadata.targetValue}`,
      );
    expect(targets('rel-invoq-worker-web')).toEqual([
      ...['default-sync-depth 20', 'default-sync-running 6', 'default-async-depth 20', 'default-async-running 6'],
      ...['mail-sync-depth 20', 'mail-sync-running 6', 'mail-async-depth 20', 'mail-async-running 6'],
    ]);
  });

  it('a group of workers has what all have where it says nothing, also against true and above 0', () => {
    const quiet = find('several queues', 'Deployment', 'rel-invoq-worker-quiet');
    expect(quiet.spec.replicas).toBe(2);
    expect(variables(quiet.spec.template.spec.containers[0])).toMatchObject({
      INVOQ_SPARES: '0',
      INVOQ_QUEUES: 'quiet_1',
    });
    const web = find('several queues', 'Deployment', 'rel-invoq-worker-web');
    expect(variables(web.spec.template.spec.containers[0]).INVOQ_SLOTS).toBe('async=8,nested=2,sync=8');
    expect(find('several queues', 'ScaledObject', 'rel-invoq-worker-reports').spec.minReplicaCount).toBe(0);
    const budgets = rendered['several queues'].manifests.filter(({ kind }) => kind === 'PodDisruptionBudget');
    expect(budgets.map(({ metadata }) => metadata.name)).not.toContain('rel-invoq-worker-quiet');
  });

  it('pods fit the Pod Security Standard "restricted"; those with users for sandboxes "baseline"', () => {
    for (const { metadata, spec } of deployments()) {
      const pod = spec.template.spec;
      const asUsers = variables(pod.containers[0]).INVOQ_SANDBOX_UIDS !== undefined;
      expect(pod.securityContext.seccompProfile).toEqual({ type: 'RuntimeDefault' });
      expect([pod.automountServiceAccountToken, pod.enableServiceLinks]).toEqual([false, false]);
      expect([metadata.name, pod.securityContext.runAsNonRoot ?? false]).toEqual([metadata.name, !asUsers]);
      for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        const added = container.securityContext.capabilities.add ?? [];
        const needed = asUsers && container.name === 'worker' ? ['CHOWN', 'KILL', 'SETGID', 'SETUID'] : [];
        expect([container.name, added]).toEqual([container.name, needed]);
        expect(Object.keys(container.resources)).toEqual(expect.arrayContaining(['requests', 'limits']));
      }
      for (const [name, path] of [
        ['tmp', '/tmp'],
        ['data', '/data'],
      ]) {
        expect(pod.volumes.map((volume: { name: string }) => volume.name)).toContain(name);
        expect(pod.containers[0].volumeMounts).toContainEqual({ name, mountPath: path });
      }
    }
  });

  it('the alerts are those of deploy/prometheus, and find the jobs that the monitors name', () => {
    const { groups } = find('all options', 'PrometheusRule', 'rel-invoq').spec;
    const text = readFileSync(RULES, 'utf8');
    const named = [...text.matchAll(/- alert: (\w+)/g)].map(([, alert]) => alert);
    expect(groups.flatMap(({ rules }: { rules: { alert: string }[] }) => rules.map(({ alert }) => alert))).toEqual(
      named,
    );
    expect(named.length).toBeGreaterThan(5);
    for (const app of ['api', 'worker']) {
      const [endpoint] = find('all options', 'PodMonitor', `rel-invoq-${app}`).spec.podMetricsEndpoints;
      expect(endpoint.relabelings).toEqual([{ targetLabel: 'job', replacement: `invoq-${app}` }]);
    }
    expect(text).toContain('job=~"invoq-(api|worker)"');
  });

  it('the checks see a field that is unknown, one that is missing, one of another type, and a kind without a schema', () => {
    const service =
      '{ apiVersion: v1, kind: Service, metadata: { name: s }, spec: { port: 80, ports: [{ port: 80 }] } }';
    const budget =
      '{ apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: { name: b }, spec: { maxUnavailable: [] } }';
    const scaled =
      '{ apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: { name: k }, spec: { triggers: [] } }';
    const unknown = '{ apiVersion: example.com/v1, kind: Thing, metadata: { name: t } }';
    const { faults } = check({ manifests: { service, budget, scaled, unknown } });
    expect(faults.service.join()).toMatch(/Service s: .*"port"' does not exist/);
    expect(faults.budget.join()).toMatch(/PodDisruptionBudget b: .*maxUnavailable/);
    expect(faults.scaled.join()).toMatch(/ScaledObject k: .*scaleTargetRef/);
    expect(faults.unknown.join()).toMatch(/Thing t: no schema/);
  });

  it('what cannot be is refused, and the field is named', () => {
    const scaled = (scaling: object, more: object = {}): Values => ({
      workers: [{ name: 'a', queues: ['a'], scaling: { enabled: true, ...scaling }, ...more }],
    });
    const refusals: [Values, RegExp][] = [
      [scaled({ lanes: ['sync'], minReplicas: 0 }), /workers a: scaling.minReplicas must be at least 1/],
      [scaled({ lanes: ['nested-2'] }, { slots: { nested: 0 } }), /workers a: scaling.lanes has nested-2.*no slots/],
      [{ blobs: { kind: 's3' } }, /blobs.s3.url/],
      [{ functions: { image: { repository: 'functions' } } }, /functions.image.tag/],
      [{ ...scaled({}), secrets: { scalerKey: { name: '' } } }, /secrets.scalerKey.name/],
    ];
    for (const [values, message] of refusals) expect(() => template(values)).toThrow(message);

    const wrong: Record<string, Values> = {
      'settings/INVOQ_GRACE': { settings: { INVOQ_GRACE: '1s' } },
      'settings/INVOQ_KEYS_FILE': { api: { settings: { INVOQ_KEYS_FILE: '/keys' } } },
      replica: { api: { replica: 3 } },
      'graceSeconds must be <= 600': { worker: { graceSeconds: 601 } },
      'queues must NOT have fewer than 1 items': { workers: [{ name: 'a', queues: [] }] },
      'name must match pattern': { workers: [{ name: 'Upper', queues: ['a'] }] },
    };
    const values = Object.fromEntries(Object.entries(wrong).map(([name, each]) => [name, template(each).values]));
    const { faults } = check({ values });
    for (const name of Object.keys(wrong)) {
      const said = faults[name].join('\n').replace('settings property name must be valid ', 'settings/');
      expect([name, said]).toEqual([name, expect.stringContaining(name)]);
    }
  });
}

function variables({ env }: { env: { name: string; value?: string }[] }): Record<string, string> {
  return Object.fromEntries(env.map(({ name, value }) => [name, value ?? '']));
}

function seconds(text: string): number {
  const [, count] = /^(\d+)s$/.exec(text) ?? [];
  if (count === undefined) throw new Error(`${text} is no number of seconds`);
  return Number(count);
}
