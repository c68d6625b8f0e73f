/** One action on many calls: those that were chosen, or all that the filter names. */
import type { Invocation, Status } from '@invoq/client/index';
import { client } from '../session';
import { useMay } from '../who';
import { useWords } from '../words';
import { useAsk } from './ask';
import { type Counts, each, inSteps } from './steps';
import { isOpen } from './story';

interface ManyCallsProps {
  calls: Invocation[];
  chosen: ReadonlySet<string>;
  clear: () => void;
  filter: { function?: string; status?: string };
  /** How far back the filter looks, ms. */
  since?: number;
}

export function ManyCalls({ calls, chosen, clear, filter, since }: ManyCallsProps) {
  const { t, number } = useWords();
  const may = useMay();
  const ask = useAsk();
  const picked = calls.filter(({ requestID }) => chosen.has(requestID));
  const open = picked.filter(({ status }) => isOpen(status));
  const ended = picked.filter(({ status }) => !isOpen(status));
  const someOf = (action: 'cancel' | 'replay', list: Invocation[]): void =>
    ask({
      title: t(action === 'cancel' ? 'cancelMany' : 'replayMany', { n: number(list.length) }),
      text: t(action === 'cancel' ? 'cancelManyAsk' : 'replayManyAsk', {
        n: number(list.length),
        all: number(picked.length),
      }),
      confirm: t(action === 'cancel' ? 'cancelIt' : 'replay'),
      isDanger: action === 'cancel',
      run: async (_, say) => {
        const act = ({ requestID }: Invocation): Promise<unknown> =>
          action === 'cancel' ? client.cancel(requestID) : client.invocations.replay(requestID);
        const { done, failed } = await each(list, act, (n) =>
          say(t('doneOf', { n: number(n), all: number(list.length) })),
        );
        if (done === 0 && failed.length > 0) throw failed[0];
        clear();
        return t('doneAndRefused', { n: number(done), refused: number(failed.length) });
      },
    });
  const allOf = (action: 'cancel' | 'replay'): void => {
    const status = (filter.status?.split(',') ?? []).filter((one) => isOpen(one) === (action === 'cancel')) as Status[];
    const request = {
      action,
      filter: {
        function: filter.function,
        status: status.length > 0 ? status : undefined,
        since: since === undefined ? undefined : new Date(Date.now() - since).toISOString(),
      },
    };
    const summaryOf = ({ matched, done, refused }: Counts): string =>
      t('bulkCounts', { matched: number(matched), done: number(done), refused: number(sum(refused)) });
    ask({
      title: t(action === 'cancel' ? 'cancelAll' : 'replayAll'),
      text: t(action === 'cancel' ? 'cancelAllAsk' : 'replayAllAsk', { name: filter.function ?? t('allFunctions') }),
      look: async (say) => {
        const count = ({ matched }: Counts): string => t('willBe', { n: number(matched) });
        const dry = (cursor?: string) => client.invocations.bulk({ ...request, dryRun: true, cursor });
        return count(await inSteps(dry, (counts) => say(count(counts))));
      },
      confirm: t(action === 'cancel' ? 'cancelIt' : 'replay'),
      isDanger: action === 'cancel',
      asksReason: true,
      run: async ({ reason }, say) =>
        summaryOf(
          await inSteps(
            (cursor) => client.invocations.bulk({ ...request, reason, cursor }),
            (counts) => say(summaryOf(counts)),
          ),
        ),
    });
  };
  if (chosen.size > 0)
    return (
      <div className="tools">
        <span role="status">{t('chosen', { n: number(picked.length) })}</span>
        {may.invoke && open.length > 0 && (
          <button className="danger" onClick={() => someOf('cancel', open)}>
            {t('cancelMany', { n: number(open.length) })}
          </button>
        )}
        {may.invoke && ended.length > 0 && (
          <button onClick={() => someOf('replay', ended)}>{t('replayMany', { n: number(ended.length) })}</button>
        )}
        <button onClick={clear}>{t('chooseNone')}</button>
      </div>
    );
  if (!may.admin) return null;
  const names = filter.status?.split(',') ?? [];
  return (
    <div className="tools">
      {(names.length === 0 || names.some(isOpen)) && <button onClick={() => allOf('cancel')}>{t('cancelAll')}</button>}
      {(names.length === 0 || names.some((name) => !isOpen(name))) && (
        <button onClick={() => allOf('replay')}>{t('replayAll')}</button>
      )}
    </div>
  );
}

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((all, one) => all + one, 0);
