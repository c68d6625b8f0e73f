/** Asks before a change: what it will do, to how many, why. Then does it, and says what came of it. */
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from 'react';
import { useWords } from '../words';
import { Trouble } from './panel';

export interface Question {
  title: string;
  /** What will happen, in a sentence. */
  text: ReactNode;
  /** Looked at before: to how many it will happen. */
  look?: (say: (text: string) => void) => Promise<string>;
  confirm: string;
  isDanger?: boolean;
  /** Has to be typed before. */
  typed?: string;
  asksReason?: boolean;
  /** A tick that may be set, such as "and end the process". */
  tick?: string;
  run: (answer: { reason?: string; ticked: boolean }, say: (text: string) => void) => Promise<string>;
}

const Asking = createContext<(question: Question) => void>(() => undefined);
export const useAsk = () => useContext(Asking);

export function AskProvider({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<Question>();
  const [notice, setNotice] = useState('');
  const close = useCallback((text = '') => (setQuestion(undefined), setNotice(text)), []);
  useEffect(() => {
    if (notice === '') return;
    const timer = setTimeout(() => setNotice(''), 6_000);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <Asking.Provider value={setQuestion}>
      {children}
      {question && <Dialog question={question} close={close} />}
      <p className="told" role="status">
        {notice}
      </p>
    </Asking.Provider>
  );
}

function Dialog({ question, close }: { question: Question; close: (notice?: string) => void }) {
  const { t } = useWords();
  const cache = useQueryClient();
  const box = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const [ticked, setTicked] = useState(false);
  const [seen, setSeen] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    box.current?.showModal();
    if (question.look) void question.look(setSeen).then(setSeen, setError);
  }, [question]);
  const run = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const notice = await question.run({ reason: reason.trim() || undefined, ticked }, setSeen);
      void cache.invalidateQueries();
      close(notice);
    } catch (why) {
      setError(why);
      setBusy(false);
    }
  };
  const mayRun = !isBusy && (question.typed === undefined || typed === question.typed);
  return (
    <dialog ref={box} aria-labelledby="ask-title" onClose={() => close()}>
      <form onSubmit={(e) => (e.preventDefault(), mayRun && void run())}>
        <h2 id="ask-title">{question.title}</h2>
        <p>{question.text}</p>
        {question.look && (
          <p className="seen" role="status">
            {seen || t('counting')}
          </p>
        )}
        {question.asksReason && (
          <label>
            {t('reason')}
            <input value={reason} maxLength={500} onChange={(e) => setReason(e.target.value)} />
          </label>
        )}
        {question.tick && (
          <label className="tick">
            <input type="checkbox" checked={ticked} onChange={(e) => setTicked(e.target.checked)} /> {question.tick}
          </label>
        )}
        {question.typed !== undefined && (
          <label>
            {t('typeIt', { name: question.typed })}
            <input value={typed} autoComplete="off" spellCheck={false} onChange={(e) => setTyped(e.target.value)} />
          </label>
        )}
        {error !== undefined && <Trouble error={error} />}
        <div className="tools end">
          <button type="button" onClick={() => box.current?.close()}>
            {t('back')}
          </button>
          <button className={question.isDanger ? 'danger' : 'main'} disabled={!mayRun}>
            {isBusy ? t('working') : question.confirm}
          </button>
        </div>
      </form>
    </dialog>
  );
}
