/** What the API said, in a form for people. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isUnreachable(error)) return 'Claviger does not answer. Is it running?';
  if (error.name === 'Error' && error.message !== '') return error.message;
  if (/^ExpiredToken/.test(error.name)) return 'Your session has ended. Sign out and sign in again.';
  return error.message === '' || error.message === 'UnknownError'
    ? error.name
    : `${error.name}: ${error.message}`;
}

/**
 * What browsers throw when the server is away, each in its own words (other mistakes are TypeErrors too), and Vite's loader of
 * style sheets.
 */
function isUnreachable({ name, message }: Error): boolean {
  return (
    (name === 'TypeError' && /fetch|network|load failed|module/i.test(message)) ||
    message.startsWith('Unable to preload')
  );
}

export function isDenied(error: unknown): boolean {
  return error instanceof Error && /^AccessDenied/.test(error.name);
}
