/** The living workers: what each has to do, and whether all is well with it. */
import type { WorkerView } from '@invoq/client/index';
import { useWorkers } from '../live';
import { useAsk } from '../parts/ask';
import { Empty, Panel, Status } from '../parts/panel';
import { Slots } from '../parts/slots';
import { Table } from '../parts/table';
import { shortWorker } from '../parts/timeline';
import { client } from '../session';
import { useMay } from '../who';
import { Time, useWords } from '../words';

const busyOf = ({ busy = [] }: WorkerView): number => busy.reduce((sum, lane) => sum + lane.busy, 0);

/** Slots are of each queue. */
const slotsOf = ({ slots, queues }: WorkerView): number =>
  Object.values(slots).reduce((sum, count) => sum + count, 0) * queues.length;

export function Workers() {
  const { t, number } = useWords();
  return (
    <>
      <h1>{t('workers')}</h1>
      <Panel isAlone title={t('workers')} query={useWorkers()}>
        {(workers) =>
          workers.length === 0 ? (
            <Empty>
              <p>{t('noWorkers')}</p>
              <pre tabIndex={0}>npm run worker</pre>
            </Empty>
          ) : (
            <Table
              label={t('workers')}
              rows={workers}
              keyOf={({ id }) => id}
              columns={[
                { head: t('worker'), cell: ({ id }) => <code title={id}>{shortWorker(id)}</code> },
                { head: t('state'), cell: (one) => <State one={one} /> },
                { head: t('host'), cell: ({ host, pid }) => `${host} · ${pid}` },
                { head: t('queues'), cell: ({ queues }) => queues.join(', ') },
                { head: t('slots'), cell: (one) => <Slots busy={busyOf(one)} all={slotsOf(one)} /> },
                {
                  head: t('functions'),
                  isNumber: true,
                  isMinor: true,
                  cell: ({ functionCount }) => number(functionCount),
                },
                {
                  head: t('sandboxes'),
                  isNumber: true,
                  isMinor: true,
                  cell: ({ sandboxes }) => (sandboxes === undefined ? '–' : number(sandboxes)),
                },
                {
                  head: t('memory'),
                  isNumber: true,
                  isMinor: true,
                  cell: ({ memoryMb }) => (memoryMb === undefined ? '–' : `${number(memoryMb)} MB`),
                },
                { head: t('release'), isMinor: true, cell: ({ release }) => <code>{release}</code> },
                { head: t('since'), isMinor: true, cell: ({ since }) => <Time at={since} as="ago" /> },
                { head: t('seen'), cell: ({ seenAt }) => <Time at={seenAt} as="ago" /> },
                { head: t('actions'), cell: (one) => <Drain one={one} /> },
              ]}
            />
          )
        }
      </Panel>
    </>
  );
}

/** `wanted` is missing: its release cannot be drained. */
function Drain({ one }: { one: WorkerView }) {
  const { t, number } = useWords();
  const may = useMay();
  const ask = useAsk();
  const { id, wanted } = one;
  if (!may.fleet || wanted === undefined || wanted === 'exit') return null;
  const name = shortWorker(id);
  const drain = (): void =>
    ask({
      title: t('drainTitle', { name }),
      text: t('drainAsk', { n: number(busyOf(one)) }),
      confirm: t('drain'),
      asksReason: true,
      tick: t('drainExit'),
      run: async ({ reason, ticked }) => (
        await client.workers.drain(id, { reason, exit: ticked || undefined }),
        t('isDraining', { name })
      ),
    });
  const resume = (): void =>
    ask({
      title: t('resumeTitle', { name }),
      text: t('resumeWorkerAsk'),
      confirm: t('resume'),
      run: async () => (await client.workers.resume(id), t('isResumed', { name })),
    });
  const word = t(wanted === 'drain' ? 'resume' : 'drain');
  return (
    <button className="small" aria-label={`${word} ${name}`} onClick={wanted === 'drain' ? resume : drain}>
      {word}
    </button>
  );
}

function State({ one: { state, reasons = [], differs = [] } }: { one: WorkerView }) {
  return (
    <>
      <Status is={state} />
      {[...reasons, ...differs].map((text) => (
        <div key={text} className="why">
          {text}
        </div>
      ))}
    </>
  );
}
