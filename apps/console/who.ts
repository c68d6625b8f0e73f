/** What the one who is signed in may do. What they may not is not offered. */
import { createContext, useContext } from 'react';
import type { SessionView } from './session';

export const Who = createContext<SessionView>({ scopes: [], envs: [] });

export function useMay() {
  const { scopes, envs } = useContext(Who);
  return {
    invoke: scopes.includes('invoke'),
    admin: scopes.includes('admin'),
    /** What spans envs needs a key for all of them. */
    fleet: scopes.includes('admin') && envs.includes('*'),
  };
}
