/** What is wrong, worst first; then what waits and who works. */
import { useQuery } from '@tanstack/react-query';
import { client } from '../session';
import { useWords } from '../words';
import { Panel, Status } from '../parts/panel';

const OLD_MS = 60_000;

export const useQueues = () =>
  useQuery({ queryKey: ['queues'], queryFn: ({ signal }) => client.queues.list({ signal }), refetchInterval: 5_000 });
export const useWorkers = () =>
  useQuery({ queryKey: ['workers'], queryFn: ({ signal }) => client.workers.list({ signal }), refetchInterval: 5_000 });
export const useFunctions = () =>
  useQuery({
    queryKey: ['functions'],
    queryFn: ({ signal }) => client.functions.list({ signal }),
    refetchInterval: 15_000,
  });

export function Overview() {
  const { t, span } = useWords();
  const [queues, workers, functions] = [useQueues(), useWorkers(), useFunctions()];
  const lanes = (queues.data ?? []).flatMap(({ queue, lanes: all }) => all.map((lane) => ({ queue, ...lane })));
  const asked = [queues, workers, functions].every(({ data }) => data !== undefined);
  const troubles = [
    ...lanes
      .filter(({ depth, slots }) => depth > 0 && slots === 0)
      .map(({ queue, depth }) => t('unserved', { queue, depth })),
    ...lanes
      .filter(({ oldestAgeMs, slots }) => oldestAgeMs > OLD_MS && slots > 0)
      .sort((a, b) => b.oldestAgeMs - a.oldestAgeMs)
      .map(({ queue, oldestAgeMs, running, slots }) =>
        t('oldestWaits', { queue, age: span(oldestAgeMs), running: running ?? 0, slots }),
      ),
    ...(functions.data ?? [])
      .filter((f) => f.loadProblem)
      .map((f) => t('brokenFn', { name: f.name, reason: f.loadProblem!.reason })),
    ...(workers.data ?? [])
      .filter(({ reasons }) => reasons?.length)
      .map(({ id, state }) => t('workerState', { id, state })),
  ];
  return (
    <>
      <h1>{t('overview')}</h1>
      {troubles.length > 0 ? (
        <section className="attention" aria-label={t('attention')}>
          <h2>{t('attention')}</h2>
          <ul>
            {troubles.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </section>
      ) : (
        asked && <p className="calm">{t('calm')}</p>
      )}
      <Queues />
      <Workers />
    </>
  );
}

export function Queues() {
  const { t, number, span } = useWords();
  return (
    <Panel title={t('queues')} query={useQueues()}>
      {(queues) => (
        <div className="scroll" tabIndex={0}>
          <table>
            <thead>
              <tr>
                {(['queue', 'lane', 'waiting', 'oldest', 'running', 'slots'] as const).map((w) => (
                  <th key={w}>{t(w)}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {queues.flatMap(({ queue, paused, lanes }) =>
                lanes.map((l) => (
                  <tr key={queue + l.lane}>
                    <td>
                      {queue} {paused && <Status is={t('paused')} />}
                    </td>
                    <td>{l.lane}</td>
                    <td className="n">{number(l.depth)}</td>
                    <td className="n">{l.depth > 0 ? span(l.oldestAgeMs) : '–'}</td>
                    <td className="n">{l.running}</td>
                    <td className="n">{l.slots}</td>
                  </tr>
                )),
              )}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

export function Workers() {
  const { t, time } = useWords();
  return (
    <Panel title={t('workers')} query={useWorkers()}>
      {(workers) =>
        workers.length === 0 ? (
          <p className="quiet">{t('none')}</p>
        ) : (
          <div className="scroll" tabIndex={0}>
            <table>
              <thead>
                <tr>
                  {(['worker', 'host', 'state', 'functions', 'seen'] as const).map((w) => (
                    <th key={w}>{t(w)}</th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {workers.map((w) => (
                  <tr key={w.id}>
                    <td>
                      <code>{w.id}</code>
                    </td>
                    <td>{w.host}</td>
                    <td>
                      <Status is={w.state} />
                    </td>
                    <td className="n">{w.functionCount}</td>
                    <td>{time(w.seenAt)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )
      }
    </Panel>
  );
}
