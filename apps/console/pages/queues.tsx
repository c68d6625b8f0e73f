/** What waits in each lane of each queue, and who may start. */
import type { LaneView, QueueView } from '@invoq/client/index';
import { useQueues } from '../live';
import { useAsk } from '../parts/ask';
import { Empty, Panel, Status } from '../parts/panel';
import { Slots } from '../parts/slots';
import { type Counts, inSteps } from '../parts/steps';
import { Table } from '../parts/table';
import { client } from '../session';
import { useMay } from '../who';
import { useWords } from '../words';

export function Queues() {
  const { t } = useWords();
  const query = useQueues();
  return (
    <>
      <h1>{t('queues')}</h1>
      {query.data?.map((queue) => (
        <Queue key={queue.queue} queue={queue} query={query} />
      ))}
      {query.data?.length === 0 && <Empty>{t('noQueues')}</Empty>}
      {!query.data && (
        <Panel title={t('queues')} query={query}>
          {() => null}
        </Panel>
      )}
    </>
  );
}

/** Nested lanes are of interest when something is in them. */
export const isShown = ({ lane, depth, held, running = 0 }: LaneView): boolean =>
  !lane.startsWith('nested') || depth + held + running > 0;

function Queue({ queue, query }: { queue: QueueView; query: ReturnType<typeof useQueues> }) {
  const { t, number, span, ago } = useWords();
  const { queue: name, pause, lanes } = queue;
  return (
    <Panel title={name} query={query} tools={<Actions queue={queue} />}>
      {() => (
        <>
          {pause && (
            <p className="facts">
              <Status is="paused" /> <span>{ago(pause.since)}</span>
              {pause.by && <span>{t('by', { who: pause.by })}</span>}
              {pause.reason && <q>{pause.reason}</q>}
            </p>
          )}
          <Table
            label={name}
            rows={lanes.filter(isShown)}
            keyOf={({ lane }) => lane}
            isFixed
            columns={[
              { head: t('lane'), cell: ({ lane }) => lane },
              { head: t('waiting'), isNumber: true, cell: ({ depth }) => number(depth) },
              { head: t('held'), isNumber: true, cell: ({ held }) => number(held) },
              {
                head: t('oldest'),
                isNumber: true,
                cell: ({ depth, oldestAgeMs }) => (depth > 0 ? span(oldestAgeMs) : '–'),
              },
              { head: t('slots'), cell: ({ running = 0, slots }) => <Slots busy={running} all={slots} /> },
              { head: t('workers'), isNumber: true, isMinor: true, cell: ({ workers }) => number(workers) },
            ]}
          />
        </>
      )}
    </Panel>
  );
}

function Actions({ queue: { queue, paused, lanes } }: { queue: QueueView }) {
  const { t, number } = useWords();
  const may = useMay();
  const ask = useAsk();
  if (!may.fleet) return null;
  const running = lanes.reduce((sum, lane) => sum + (lane.running ?? 0), 0);
  const pause = (): void =>
    ask({
      title: t('pauseTitle', { name: queue }),
      text: t('pauseQueueAsk', { name: queue, n: number(running) }),
      confirm: t('pause'),
      asksReason: true,
      run: async ({ reason }) => (await client.queues.pause(queue, { reason }), t('isPaused', { name: queue })),
    });
  const resume = (): void =>
    ask({
      title: t('resumeTitle', { name: queue }),
      text: t('resumeQueueAsk', { name: queue }),
      confirm: t('resume'),
      run: async () => (await client.queues.resume(queue), t('isResumed', { name: queue })),
    });
  const purge = (): void => {
    const willBe = ({ matched }: Counts): string => t('willBe', { n: number(matched) });
    ask({
      title: t('purgeTitle', { name: queue }),
      text: t('purgeQueueAsk', { name: queue }),
      look: async (say) =>
        willBe(
          await inSteps(
            (cursor) => client.queues.purge(queue, { dryRun: true, cursor }),
            (counts) => say(willBe(counts)),
          ),
        ),
      confirm: t('purge'),
      isDanger: true,
      asksReason: true,
      typed: queue,
      run: async ({ reason }, say) => {
        const { done } = await inSteps(
          (cursor) => client.queues.purge(queue, { reason, cursor }),
          (counts) => say(t('purged', { n: number(counts.done) })),
        );
        return t('purged', { n: number(done) });
      },
    });
  };
  return (
    <>
      <button
        className="small"
        aria-label={`${t(paused ? 'resume' : 'pause')} ${queue}`}
        onClick={paused ? resume : pause}
      >
        {t(paused ? 'resume' : 'pause')}
      </button>
      <button className="small danger" aria-label={`${t('purge')} ${queue}`} onClick={purge}>
        {t('purge')}
      </button>
    </>
  );
}
