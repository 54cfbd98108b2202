/**
 * Work on key objects, which takes milliseconds each and ends on the disk: one piece per turn of the event loop, so that
 * cryptography and heartbeats between them wait for one piece and not for all; and one sync for all pieces that were waiting,
 * so that ten keys cost little more of the disk than one.
 */

/** What a piece of work has done, and what is left to do of it. */
export interface Uncommitted<Result> {
  result: Result;
  /** Serial number of the token whose objects have changed. */
  serial: string;
  /** Takes back what was done; called when it could not be made durable. */
  undo: () => void;
  /** What follows once it is durable. */
  committed?: () => void;
}

interface Piece {
  work: () => Uncommitted<unknown>;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

type Done = Omit<Piece, 'work'> & Uncommitted<unknown>;

/** So many pieces at most wait for each other's sync. */
const GROUP = 8;

export class KeyWork {
  readonly #sync: (serial: string) => void;
  readonly #waiting: Piece[] = [];
  #done: Done[] = [];
  #running = false;

  /** @param sync makes changed objects of a token durable; a piece of work has succeeded when it has returned */
  constructor(sync: (serial: string) => void) {
    this.#sync = sync;
  }

  /** Runs the work soon, after all that was given before. Resolves when it is durable; rejects with its error or that of the sync. */
  add<Result>(work: () => Uncommitted<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as Piece['resolve'], reject });
      if (this.#running) return;
      this.#running = true;
      setImmediate(() => this.#turn());
    });
  }

  #turn(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) this.#run(next);
    if (this.#waiting.length === 0 || this.#done.length >= GROUP) this.#commit();
    this.#running = this.#waiting.length > 0;
    if (this.#running) setImmediate(() => this.#turn());
  }

  #run({ work, resolve, reject }: Piece): void {
    try {
      this.#done.push({ ...work(), resolve, reject });
    } catch (error) {
      reject(error);
    }
  }

  #commit(): void {
    const group = this.#done;
    this.#done = [];
    try {
      for (const serial of new Set(group.map((piece) => piece.serial))) this.#sync(serial);
    } catch (error) {
      for (const { undo, reject } of group) {
        undo();
        reject(error);
      }
      return;
    }
    for (const { resolve, reject, result, committed } of group) {
      try {
        committed?.();
        resolve(result);
      } catch (error) {
        reject(error);
      }
    }
  }
}
