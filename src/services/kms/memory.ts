/**
 * Things of the database in bounded memory, by name. A read that was under way when its thing changed puts nothing back, and
 * who asks after the change is not given what that read finds. Changes of other things do not matter: where something
 * always changes, the rest would never be remembered.
 */
import { Generations } from './generations.ts';

/** Stands where a thing was, so that `forgotten` is told of it in its turn. */
const CHANGED = Symbol('changed');

/** A read under way, for which all wait who want the same thing. */
interface Reading<V> {
  found: Promise<V | undefined>;
  stale: boolean;
}

export class Memory<V extends object> {
  readonly #things: Generations<V | typeof CHANGED>;
  readonly #readings = new Map<string, Reading<V>>();

  /**
   * @param capacity things that are kept at most
   * @param forgotten told of each name that was found once and goes because others came, though its thing changed meanwhile
   */
  constructor(capacity: number, forgotten?: (name: string) => void) {
    this.#things = new Generations(capacity, forgotten);
  }

  get(name: string): V | undefined {
    const thing = this.#things.get(name);
    return thing === CHANGED ? undefined : thing;
  }

  /** From memory, or else by reading it. A thing that is not there is not remembered as such. */
  async find(name: string, read: () => Promise<V | undefined>): Promise<V | undefined> {
    return this.get(name) ?? (this.#readings.get(name) ?? this.#begin(name, read)).found;
  }

  /** After a change was committed. */
  changed(name: string): void {
    this.#markStale(name, this.#readings.get(name));
    if (this.get(name) !== undefined) this.#things.set(name, CHANGED);
  }

  /** After everything may have changed. `forgotten` is told of nothing. */
  clear(): void {
    for (const [name, reading] of this.#readings) this.#markStale(name, reading);
    this.#things.clear();
  }

  #markStale(name: string, reading: Reading<V> | undefined): void {
    if (reading === undefined) return;
    reading.stale = true;
    this.#readings.delete(name);
  }

  #begin(name: string, read: () => Promise<V | undefined>): Reading<V> {
    const reading: Reading<V> = { found: Promise.resolve(undefined), stale: false };
    this.#readings.set(name, reading);
    reading.found = this.#read(name, read, reading);
    return reading;
  }

  async #read(name: string, read: () => Promise<V | undefined>, reading: Reading<V>): Promise<V | undefined> {
    try {
      const thing = await read();
      if (thing === undefined) return undefined;
      if (!reading.stale) this.#things.set(name, thing);
      else if (this.#things.get(name) === undefined) this.#things.set(name, CHANGED);
      return thing;
    } finally {
      if (!reading.stale) this.#readings.delete(name);
    }
  }
}
