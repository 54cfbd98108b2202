/**
 * HSMs that did not accept KMS's password, and until when they are left alone. Five wrong passwords lock a user, so KMS may
 * try twice in 15 minutes and no more, however often its server is started: the pauses are in a file.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

const PAUSE_MS = 15 * 60_000;

/** By owner of the login and HSM: milliseconds since 1970. */
type Pauses = Record<string, number>;

export class LoginPauses {
  readonly #file: string;
  readonly #clock: () => number;

  constructor(file: string, clock: () => number) {
    this.#file = file;
    this.#clock = clock;
  }

  isPaused(owner: string, hsmId: string): boolean {
    const left = (this.#read()[nameOf(owner, hsmId)] ?? 0) - this.#clock();
    return left > 0 && left <= PAUSE_MS; // a clock that went back must not keep it away for longer
  }

  begin(owner: string, hsmId: string): void {
    this.#write({ ...this.#read(), [nameOf(owner, hsmId)]: this.#clock() + PAUSE_MS });
  }

  end(owner: string, hsmId: string): void {
    const { [nameOf(owner, hsmId)]: ended, ...others } = this.#read();
    if (ended !== undefined) this.#write(others);
  }

  /** Somebody asks for a connection now, perhaps with another password. */
  endAll(owner: string): void {
    const pauses = Object.entries(this.#read());
    const others = pauses.filter(([name]) => !name.startsWith(nameOf(owner, '')));
    if (others.length < pauses.length) this.#write(Object.fromEntries(others));
  }

  #read(): Pauses {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Pauses;
    } catch {
      return {}; // not there yet, or damaged by a loss of power: then an HSM is tried twice more at most
    }
  }

  #write(pauses: Pauses): void {
    const draft = `${this.#file}.new`;
    writeFileSync(draft, `${JSON.stringify(pauses)}\n`, { mode: 0o600 });
    renameSync(draft, this.#file);
  }
}

function nameOf(owner: string, hsmId: string): string {
  return `${owner} ${hsmId}`;
}
