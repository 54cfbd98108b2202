/** What the API said, in a form for people. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TypeError') return 'Claviger does not answer. Is it running?';
  return error.message === '' || error.message === 'UnknownError'
    ? error.name
    : `${error.name}: ${error.message}`;
}

export function isDenied(error: unknown): boolean {
  return error instanceof Error && /^AccessDenied/.test(error.name);
}
