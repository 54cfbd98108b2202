/** Where the programs and threads of this project are found that one part of it starts for another. */

/**
 * The entry file of a process or thread. Always compiled code, also where the rest runs from its source, as in tests: a
 * thread can load nothing else, and a process starts in a third of the time.
 * @param path below src, without its ending, as `hsm/main`
 */
export function compiled(path: string): URL {
  const root = import.meta.url.endsWith('.ts') ? '../../dist' : '..';
  return new URL(`${root}/${path}.js`, import.meta.url);
}
