/** What is called again and again: when it runs next, and what came of the last time. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../session';
import { Time, useWords } from '../words';
import { Panel, Trouble } from '../parts/panel';

export function Schedules() {
  const { t } = useWords();
  const cache = useQueryClient();
  const [error, setError] = useState<unknown>();
  const query = useQuery({
    queryKey: ['schedules'],
    queryFn: ({ signal }) => client.schedules.list({ signal }),
    refetchInterval: 15_000,
  });
  const turn = (id: string, paused: boolean) =>
    void (paused ? client.schedules.resume(id) : client.schedules.pause(id)).then(
      () => cache.invalidateQueries({ queryKey: ['schedules'] }),
      setError,
    );
  return (
    <>
      <h1>{t('schedules')}</h1>
      {error !== undefined && <Trouble error={error} />}
      <Panel title={t('schedules')} query={query}>
        {({ schedules }) =>
          schedules.length === 0 ? (
            <p className="quiet">{t('none')}</p>
          ) : (
            <div className="scroll" tabIndex={0}>
              <table>
                <thead>
                  <tr>
                    <th>ID</th>
                    {(['function', 'cron', 'zone', 'next', 'last'] as const).map((w) => (
                      <th key={w}>{t(w)}</th>
                    ))}
                    <th>{t('pause')}</th>
                  </tr>
                </thead>
                <tbody>
                  {schedules.map((s) => (
                    <tr key={s.id}>
                      <td>{s.id}</td>
                      <td>{s.function}</td>
                      <td>
                        <code>{s.cron}</code>
                      </td>
                      <td>{s.timezone}</td>
                      <td>
                        <Time at={s.nextRunAt} />
                      </td>
                      <td>
                        <Time at={s.last?.runAt} /> {s.last?.what}
                      </td>
                      <td>
                        <button onClick={() => turn(s.id, s.paused)}>{t(s.paused ? 'resume' : 'pause')}</button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Panel>
    </>
  );
}
