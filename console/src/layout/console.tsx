import { useCallback, useEffect, useMemo, useState } from 'react';
import './console.css';
import { clientsFor } from '../aws/clients.ts';
import { endpoint } from '../aws/endpoint.ts';
import { SignedInContext } from '../session/session-context.ts';
import type { SignedIn } from '../session/session-context.ts';
import { forgetSession, keepSession, storedSession } from '../session/session.ts';
import type { AccessKey, Session } from '../session/session.ts';
import { SignIn } from '../session/sign-in.tsx';
import { Shell } from './shell.tsx';

/** What the server says about itself to anybody who can reach it: nothing secret. */
export interface Installation {
  /** Home Region first. */
  regions: string[];
}

/** Signed out: the sign-in page. Signed in: the shell with the page of the route. */
export function Console() {
  const [session, setSession] = useState<Session | undefined>(storedSession);
  const [installation, setInstallation] = useState<Installation>();
  const [accessKey, setAccessKey] = useState<AccessKey>();
  const [ended, setEnded] = useState(false);

  useEffect(() => {
    fetch(`${endpoint()}/console/installation.json`)
      .then(async (answer) => setInstallation((await answer.json()) as Installation))
      .catch(() => setInstallation({ regions: ['us-east-1'] }));
  }, []);

  const change = useCallback((next: Session | undefined) => {
    if (next === undefined) forgetSession();
    else keepSession(next);
    if (next === undefined) setAccessKey(undefined);
    setSession(next);
  }, []);

  useEffect(() => {
    if (session === undefined) return undefined;
    setEnded(false);
    const end = (): void => {
      setEnded(true);
      change(undefined);
    };
    const timer = setTimeout(end, Math.max(0, session.expiresAt - Date.now()));
    return () => clearTimeout(timer);
  }, [session, change]);

  const signedIn = useMemo<SignedIn | undefined>(
    () =>
      session === undefined
        ? undefined
        : {
            session,
            clients: clientsFor(session, accessKey),
            signOut: () => change(undefined),
            setRegion: (region) => change({ ...session, region }),
            iamAnswers: session.withoutIam !== true || accessKey !== undefined,
            giveAccessKey: setAccessKey,
          },
    [session, accessKey, change],
  );

  if (installation === undefined) return null;
  if (signedIn === undefined) {
    return <SignIn region={installation.regions[0] ?? 'us-east-1'} ended={ended} onSignedIn={change} />;
  }
  return (
    <SignedInContext value={signedIn}>
      <Shell regions={installation.regions} />
    </SignedInContext>
  );
}
