/** Signing in with a key, which is sent once. Afterwards the page that was asked for is shown. */
import { useRef, useState } from 'react';
import { session, type SessionView } from './session';
import { useWords } from './words';

export function SignIn({ enter }: { enter: (who: SessionView | null) => void }) {
  const { t, turn, language } = useWords();
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const submit = (): void => {
    setBusy(true);
    session('POST', box.current!.value)
      .then(enter, (why: Error) => setError(why.message))
      .finally(() => setBusy(false));
  };
  return (
    <main className="sign-in">
      <h1>Invoq</h1>
      <form onSubmit={(e) => (e.preventDefault(), submit())}>
        <label>
          {t('key')}
          <input ref={box} type="password" autoComplete="off" required autoFocus placeholder="<id>.<secret>" />
        </label>
        <p className="quiet">{t('keyHint')}</p>
        {error && (
          <p role="alert" className="trouble">
            <strong>{t('wrongKey')}</strong> {error}
          </p>
        )}
        <button className="main" disabled={isBusy}>
          {t('signIn')}
        </button>
      </form>
      <button className="quiet-button" onClick={turn} lang={language === 'en' ? 'zh' : 'en'}>
        {language === 'en' ? '中文' : 'English'}
      </button>
    </main>
  );
}
