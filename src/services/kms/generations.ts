/**
 * A bounded memory of what was used lately, in two generations: what is asked for again is carried into the younger one;
 * when that is full, it becomes the older one and what nobody asked for goes. As good as exact order of use, and what is hot
 * costs one look-up and no reordering.
 */
export class Generations<V> {
  readonly #half: number;
  readonly #forgotten: (name: string) => void;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  /**
   * @param capacity entries that are kept at most
   * @param forgotten told of each entry that goes because others came
   */
  constructor(capacity: number, forgotten: (name: string) => void = () => {}) {
    this.#half = Math.max(1, Math.floor(capacity / 2));
    this.#forgotten = forgotten;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(name: string): V | undefined {
    const value = this.#young.get(name);
    if (value !== undefined || this.#old.size === 0) return value;
    const older = this.#old.get(name);
    if (older !== undefined) {
      this.#old.delete(name);
      this.set(name, older);
    }
    return older;
  }

  set(name: string, value: V): void {
    this.#old.delete(name);
    if (this.#young.size >= this.#half && !this.#young.has(name)) {
      const gone = this.#old;
      this.#old = this.#young;
      this.#young = new Map();
      for (const forgotten of gone.keys()) this.#forgotten(forgotten);
    }
    this.#young.set(name, value);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
