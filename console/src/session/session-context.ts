/** The session and its clients, for every page. */
import { createContext, useContext } from 'react';
import type { Clients } from '../aws/clients.ts';
import type { AccessKey, Session } from './session.ts';

export interface SignedIn {
  readonly session: Session;
  readonly clients: Clients;
  readonly signOut: () => void;
  readonly setRegion: (region: string) => void;
  /** false: IAM takes no call before the access key is given. */
  readonly iamAnswers: boolean;
  readonly giveAccessKey: (key: AccessKey) => void;
}

export const SignedInContext = createContext<SignedIn | undefined>(undefined);

export function useSignedIn(): SignedIn {
  const signedIn = useContext(SignedInContext);
  if (signedIn === undefined) throw new Error('nobody is signed in');
  return signedIn;
}
