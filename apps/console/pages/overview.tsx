/** What is wrong, worst first; then what waits, who works, and what was called last. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { EVERY, useFunctions, useQueues, useSummary, useWorkers } from '../live';
import { NewestCalls } from '../parts/newest-calls';
import { Busiest, Charts, Rates, useFailing } from '../parts/over-time';
import { Empty, Panel, Status, Trouble } from '../parts/panel';
import { Slots } from '../parts/slots';
import { Table } from '../parts/table';
import { type Trouble as Found, troublesIn, troublesOf } from '../parts/troubles';
import { client } from '../session';
import { useWords } from '../words';
import { FirstCall } from './invocations';
import { isShown } from './queues';

export function Overview() {
  const { t } = useWords();
  const [queues, workers, functions] = [useQueues(), useWorkers(), useFunctions()];
  const asked = [queues, workers, functions];
  const failing = useFailing();
  const summary = useSummary();
  const troubles = [
    ...troublesIn(queues.data ?? [], workers.data ?? [], functions.data ?? [], failing),
    ...(summary.data ? troublesOf(summary.data) : []),
  ].sort((a, b) => b.weight - a.weight);
  const away = asked.find(({ error }) => error);
  return (
    <>
      <h1>{t('overview')}</h1>
      {troubles.length > 0 ? (
        <section className="attention" aria-label={t('attention')}>
          <h2>{t('attention')}</h2>
          <ul>
            {troubles.map((trouble) => (
              <Sentence key={JSON.stringify(trouble)} trouble={trouble} />
            ))}
          </ul>
        </section>
      ) : (
        asked.every(({ data }) => data) && <p className="calm">{t('calm')}</p>
      )}
      {away && !away.data && <Trouble error={away.error} />}
      <Charts />
      <div className="two">
        <div>
          <Rates />
          <Lanes />
        </div>
        <div>
          <Busiest />
          <LastCalls />
        </div>
      </div>
    </>
  );
}

function Sentence({ trouble }: { trouble: Found }) {
  const { t, span, number, percent } = useWords();
  const { kind, to, values } = trouble;
  const said = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value !== 'number'
        ? value
        : name.endsWith('Ms')
          ? span(value)
          : name.endsWith('Share')
            ? percent(value)
            : number(value),
    ]),
  );
  return (
    <li className={trouble.isBad ? 'bad' : 'warn'}>
      <span>{t(`trouble_${kind}`, said)}</span> <Link to={to}>{t('look')}</Link>
    </li>
  );
}

function Lanes() {
  const { t, number, span } = useWords();
  return (
    <Panel title={t('queues')} query={useQueues()} tools={<Link to="/queues">{t('all')}</Link>}>
      {(queues) =>
        queues.length === 0 ? (
          <Empty>{t('noQueues')}</Empty>
        ) : (
          <Table
            label={t('queues')}
            rows={queues.flatMap(({ queue, paused, lanes }) =>
              lanes.filter(isShown).map((lane) => ({ queue, paused, ...lane })),
            )}
            keyOf={({ queue, lane }) => `${queue} ${lane}`}
            columns={[
              {
                head: t('queue'),
                cell: ({ queue, lane, paused }) => (
                  <>
                    {queue} <small>{lane}</small> {paused && <Status is="paused" />}
                  </>
                ),
              },
              { head: t('waiting'), isNumber: true, cell: ({ depth, held }) => number(depth + held) },
              {
                head: t('oldest'),
                isNumber: true,
                cell: ({ depth, oldestAgeMs }) => (depth > 0 ? span(oldestAgeMs) : '–'),
              },
              { head: t('slots'), cell: ({ running = 0, slots }) => <Slots busy={running} all={slots} /> },
            ]}
          />
        )
      }
    </Panel>
  );
}

function LastCalls() {
  const { t } = useWords();
  const query = useQuery({
    queryKey: ['recent'],
    queryFn: ({ signal }) => client.list({ limit: 12, signal }),
    refetchInterval: EVERY.calls,
  });
  return (
    <Panel title={t('lastCalls')} query={query} tools={<Link to="/invocations">{t('all')}</Link>}>
      {({ invocations }) => (invocations.length === 0 ? <FirstCall /> : <NewestCalls calls={invocations} />)}
    </Panel>
  );
}
