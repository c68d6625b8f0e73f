/** The story of a call: a bar to scale, and each chapter in words. */
import { useEffect, useState } from 'react';
import type { Deliveries } from '@invoq/client/index';
import type { SeenCall } from '../session';
import { Time, useWords } from '../words';
import { Status } from './panel';
import { type Chapter, isOpen, storyOf } from './story';

export function Timeline({ call, deliveries }: { call: SeenCall; deliveries?: Deliveries }) {
  const { t, span } = useWords();
  const now = useNow(isOpen(call.status));
  const story = storyOf(call, now);
  const length = Math.max(1, story.at(-1)!.to - story[0].from);
  const tries = deliveries?.deliveries.flatMap((delivery) => delivery.tries) ?? [];
  return (
    <>
      <div className="bar" aria-hidden="true">
        {story.map((chapter, at) => (
          <i key={at} className={classOf(chapter)} style={{ flexGrow: (chapter.to - chapter.from) / length }} />
        ))}
      </div>
      <ol className="story">
        <li>
          <span className="dot" />
          <span>
            {t('accepted')} <Time at={call.queuedAt} as="exact" />
          </span>
        </li>
        {story.map((chapter, at) => (
          <li key={at} className={classOf(chapter)}>
            <span className="dot" />
            <span>
              {chapter.kind === 'ran' ? t('attempt', { n: chapter.attempt.attempt }) : t(`chapter_${chapter.kind}`)}{' '}
              <b>{span(chapter.to - chapter.from)}</b>
              {chapter.kind === 'ran' && (
                <>
                  {' '}
                  <Status is={chapter.attempt.outcome ?? (chapter.isOpen ? 'running' : 'lost')} />
                  <small>
                    {t('onWorker')} <code title={chapter.attempt.worker}>{shortWorker(chapter.attempt.worker)}</code> ·{' '}
                    <Time at={chapter.attempt.startedAt} as="exact" />
                  </small>
                  {chapter.attempt.error && (
                    <small className="why">
                      {chapter.attempt.error.name ?? chapter.attempt.error.type}: {chapter.attempt.error.message}
                    </small>
                  )}
                </>
              )}
            </span>
          </li>
        ))}
        {call.nextAttemptAt && isOpen(call.status) && (
          <li>
            <span className="dot" />
            <span>
              {t('nextAttempt')} <Time at={call.nextAttemptAt} as="exact" />
            </span>
          </li>
        )}
        {call.finishedAt && (
          <li className={call.status}>
            <span className="dot" />
            <span>
              <Status is={call.status} /> <Time at={call.finishedAt} as="exact" />{' '}
              <small>{t('inAll', { span: span(length) })}</small>
            </span>
          </li>
        )}
        {tries.map((one, at) => (
          <li key={at} className={one.outcome === 'delivered' ? 'succeeded' : 'failed'}>
            <span className="dot" />
            <span>
              {t('callbackTry', { n: at + 1 })} <Status is={one.outcome} />
              <small>
                {one.status ? `HTTP ${one.status} · ` : ''}
                {one.error ? `${one.error} · ` : ''}
                <Time at={one.at} as="exact" />
              </small>
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

function classOf(chapter: Chapter): string {
  if (chapter.kind !== 'ran') return chapter.kind;
  return chapter.isOpen ? 'running' : (chapter.attempt.outcome ?? 'lost');
}

/** The host says nothing here; the first letters tell two apart. */
export const shortWorker = (id: string): string => id.replace(/^\d+-/, '').slice(0, 8);

/** A clock that ticks while something is under way. */
export function useNow(ticks: boolean): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!ticks) return setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [ticks]);
  return now;
}
