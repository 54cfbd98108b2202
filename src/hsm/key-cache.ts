/** Session objects by name, so many at most: the one that was used longest ago is destroyed for the next. */
import { attempt } from '../pkcs11/errors.ts';
import type { Handle } from '../pkcs11/module.ts';
import type { PartitionSession } from './partition-session.ts';

export class KeyCache {
  readonly #session: PartitionSession;
  readonly #most: number;
  readonly #handles = new Map<string, Handle>();

  constructor(session: PartitionSession, most: number) {
    this.#session = session;
    this.#most = most;
  }

  get size(): number {
    return this.#handles.size;
  }

  get(name: string): Handle | undefined {
    const known = this.#handles.get(name);
    if (known === undefined) return undefined;
    this.#handles.delete(name); // and to the end: it was used last
    this.#handles.set(name, known);
    return known;
  }

  put(name: string, handle: Handle): void {
    this.#handles.set(name, handle);
    if (this.#handles.size <= this.#most) return;
    for (const [oldest, evicted] of this.#handles) {
      this.#handles.delete(oldest);
      destroyObject(this.#session, evicted);
      return;
    }
  }

  /** Destroys those whose names begin so. */
  forget(prefix: string): void {
    for (const [name, handle] of this.#handles) {
      if (!name.startsWith(prefix)) continue;
      this.#handles.delete(name);
      destroyObject(this.#session, handle);
    }
  }
}

export function destroyObject({ module, objects }: PartitionSession, handle: Handle): void {
  attempt(() => module.calls.C_DestroyObject(objects, handle));
}
