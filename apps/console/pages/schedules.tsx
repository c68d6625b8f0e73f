/** Calls that are made again and again: when next, what came of the last, pause, run now. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { ListedSchedule } from '@invoq/client/index';
import { EVERY } from '../live';
import { useAsk } from '../parts/ask';
import { CallLink } from '../parts/call-link';
import { Empty, Panel, Status, Trouble } from '../parts/panel';
import { Table } from '../parts/table';
import { client } from '../session';
import { useMay } from '../who';
import { Time, useWords } from '../words';

const PAGE = 500;

export function Schedules() {
  const { t } = useWords();
  const query = useQuery({
    queryKey: ['schedules'],
    queryFn: ({ signal }) => client.schedules.list({ limit: PAGE, signal }),
    refetchInterval: EVERY.schedules,
  });
  return (
    <>
      <h1>{t('schedules')}</h1>
      <Panel isAlone title={t('schedules')} query={query}>
        {({ schedules }) =>
          schedules.length === 0 ? (
            <Empty>
              <p>{t('noSchedules')}</p>
              <pre tabIndex={0}>
                {`curl -X PUT ${location.origin}/v1/schedules/nightly -H 'content-type: application/json' -d '{"function":"helloWorld","cron":"30 2 * * *","timezone":"Europe/Berlin"}'`}
              </pre>
            </Empty>
          ) : (
            <Table
              label={t('schedules')}
              rows={schedules}
              keyOf={({ id }) => id}
              columns={[
                { head: 'ID', cell: ({ id }) => id },
                {
                  head: t('function'),
                  cell: ({ function: name }) => (
                    <Link to="/functions/$name" params={{ name }}>
                      {name}
                    </Link>
                  ),
                },
                {
                  head: t('cron'),
                  cell: ({ cron, timezone }) => (
                    <>
                      <code>{cron}</code> <small>{timezone}</small>
                    </>
                  ),
                },
                { head: t('next'), cell: (one) => <Next one={one} /> },
                { head: t('lastRun'), cell: (one) => <Last one={one} /> },
                { head: t('actions'), cell: (one) => <Actions one={one} /> },
              ]}
            />
          )
        }
      </Panel>
    </>
  );
}

/** The next one; those after it on demand, in the zone of the schedule too. */
function Next({ one: { id, nextRunAt, paused, timezone } }: { one: ListedSchedule }) {
  const { t, locale } = useWords();
  const [isOpen, setOpen] = useState(false);
  const query = useQuery({
    queryKey: ['next', id, nextRunAt],
    queryFn: ({ signal }) => client.schedules.next(id, 3, { signal }),
    enabled: isOpen,
  });
  if (paused) return <Status is="paused" />;
  if (!nextRunAt) return <>–</>;
  const there = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'short', timeZone: timezone });
  return (
    <>
      <Time at={nextRunAt} />{' '}
      <small>
        <Time at={nextRunAt} as="ago" />
      </small>{' '}
      <button
        className="small"
        aria-expanded={isOpen}
        aria-label={`${isOpen ? '−' : '+'} ${t('nextThree')} ${id}`}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? '−' : '+'}
      </button>
      {isOpen && query.error && <Trouble error={query.error} />}
      {isOpen && query.data && (
        <ul className="plain">
          {query.data.map((at) => (
            <li key={at}>
              <Time at={at} />{' '}
              <small>
                {there.format(new Date(at))} {timezone}
              </small>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Last({ one: { last } }: { one: ListedSchedule }) {
  if (!last) return <>–</>;
  const { what, runAt, requestID, refused } = last;
  return (
    <>
      <Status is={what} /> <Time at={runAt} as="ago" /> {requestID && <CallLink id={requestID} />}
      {refused && <div className="why">{refused.message}</div>}
    </>
  );
}

function Actions({ one: { id, function: name, paused, trigger } }: { one: ListedSchedule }) {
  const { t } = useWords();
  const may = useMay();
  const ask = useAsk();
  const turn = (): void =>
    ask({
      title: t(paused ? 'resumeTitle' : 'pauseTitle', { name: id }),
      text: t(paused ? 'resumeScheduleAsk' : 'pauseScheduleAsk', { name: id }),
      confirm: t(paused ? 'resume' : 'pause'),
      run: async () => {
        await (paused ? client.schedules.resume(id) : client.schedules.pause(id));
        return t(paused ? 'isResumed' : 'isPaused', { name: id });
      },
    });
  const runNow = (): void =>
    ask({
      title: t('runNow'),
      text: t('runNowAsk', { id, name }),
      confirm: t('runNow'),
      run: async () => {
        const { data, retry, priority, timeoutMs } = await client.schedules.get(id);
        const Time = `${new Date().toISOString().slice(0, 19)}Z`;
        const sent = trigger === undefined ? data : { Type: 'Timer', TriggerName: trigger, Time };
        const { requestID } = await client.submit(name, sent, { functionRetry: retry, priority, timeoutMs });
        return t('submitted', { id: requestID.slice(0, 8) });
      },
    });
  return (
    <span className="tools tight">
      {may.admin && (
        <button className="small" aria-label={`${t(paused ? 'resume' : 'pause')} ${id}`} onClick={turn}>
          {t(paused ? 'resume' : 'pause')}
        </button>
      )}
      {may.invoke && (
        <button className="small" aria-label={`${t('runNow')} ${id}`} onClick={runNow}>
          {t('runNow')}
        </button>
      )}
    </span>
  );
}
