/** Callbacks that failed and are not delivered since: to whom, why, when again; and sending one once more. */
import { useQuery } from '@tanstack/react-query';
import type { FailingCallback } from '@invoq/client/index';
import { EVERY } from '../live';
import { useAsk } from '../parts/ask';
import { CallLink } from '../parts/call-link';
import { Empty, Panel, Status } from '../parts/panel';
import { Table } from '../parts/table';
import { client } from '../session';
import { useMay } from '../who';
import { Time, useWords } from '../words';

const PAGE = 200;

export function Callbacks() {
  const { t } = useWords();
  const query = useQuery({
    queryKey: ['failing-callbacks'],
    queryFn: ({ signal }) => client.failingCallbacks({ limit: PAGE, signal }),
    refetchInterval: EVERY.functions,
  });
  return (
    <>
      <h1>{t('failingCallbacks')}</h1>
      <Panel isAlone title={t('failingCallbacks')} query={query}>
        {({ callbacks }) =>
          callbacks.length === 0 ? (
            <Empty>{t('noFailingCallbacks')}</Empty>
          ) : (
            <Table
              label={t('failingCallbacks')}
              rows={callbacks}
              keyOf={({ requestID }) => requestID}
              columns={[
                {
                  head: t('invocation'),
                  cell: ({ requestID, function: name }) => <CallLink id={requestID} name={name} tab="callback" />,
                },
                { head: 'URL', cell: ({ url }) => <code>{url}</code> },
                { head: t('status'), cell: ({ state }) => <Status is={state} /> },
                { head: t('error'), cell: (one) => whyOf(one) },
                { head: t('tries'), cell: ({ tries }) => tries.length, isNumber: true },
                { head: t('lastFailure'), cell: ({ failedAt }) => <Time at={failedAt} as="ago" /> },
                { head: t('nextTryAt'), cell: ({ nextAt }) => <Time at={nextAt} /> },
                { head: t('actions'), cell: (one) => <Resend one={one} /> },
              ]}
            />
          )
        }
      </Panel>
    </>
  );
}

/** What the receiver answered at last, or why there was no answer. */
function whyOf({ tries }: FailingCallback): string {
  const { status, error, outcome } = tries.at(-1) ?? {};
  return error ?? (status === undefined ? (outcome ?? '–') : `HTTP ${status}`);
}

function Resend({ one: { requestID, url } }: { one: FailingCallback }) {
  const { t } = useWords();
  const may = useMay();
  const ask = useAsk();
  const resend = (): void =>
    ask({
      title: t('resend'),
      text: t('resendAsk', { url }),
      confirm: t('resend'),
      run: async () => (await client.resend(requestID), t('resendDone')),
    });
  return (
    <button disabled={!may.invoke} onClick={resend}>
      {t('resend')}
    </button>
  );
}
