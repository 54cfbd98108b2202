/**
 * Compartments, as ships have them: what goes wrong with one key store, or is asked for too much of one kind, fills its own
 * and leaves the others dry.
 */
import { throttled } from '../aws/errors.ts';
import { Gate } from './gate.ts';

/** Why a request was refused; what metrics show. */
export type Refusal = 'busy' | 'key-store' | 'heavy' | 'connections' | 'bodies';

export interface CompartmentPorts {
  /** Where the calls have a place that they leave while they only wait. */
  gate: Pick<Gate, 'leave' | 'reenter'>;
  refused(reason: Refusal): void;
  /** Milliseconds of a monotonic clock. */
  now(): number;
}

/** Runs work in a compartment. @throws ApiError ThrottlingException */
export interface Compartment {
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** A call that takes longer than this is stuck: an HSM has 250 ms before another one is asked. */
const STUCK_MS = 250;
const LOOK_MS = 50;

interface Call {
  since: number;
  stuck: boolean;
}

/**
 * The calls to one key store. Those that are stuck do no work here, so they give their place at the gate to others; and while
 * any is stuck, no more than `limit` are under way, so that a store that hangs costs memory for so many and nothing else.
 */
export class StoreCompartment implements Compartment {
  readonly #ports: CompartmentPorts;
  readonly #limit: number;
  /** In the order in which they began. */
  readonly #fresh = new Set<Call>();
  #stuck = 0;
  #looking: NodeJS.Timeout | undefined;

  constructor(limit: number, ports: CompartmentPorts) {
    this.#limit = limit;
    this.#ports = ports;
  }

  get underWay(): number {
    return this.#fresh.size + this.#stuck;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#stuck > 0 && this.underWay >= this.#limit) {
      this.#ports.refused('key-store');
      return Promise.reject(throttled());
    }
    const call: Call = { since: this.#ports.now(), stuck: false };
    this.#fresh.add(call);
    this.#looking ??= setInterval(() => this.look(), LOOK_MS).unref();
    return work().then(
      (result) => {
        this.#end(call);
        return result;
      },
      (error: unknown) => {
        this.#end(call);
        throw error;
      },
    );
  }

  /** Finds what is stuck. */
  look(): void {
    const limit = this.#ports.now() - STUCK_MS;
    for (const call of this.#fresh) {
      if (call.since > limit) break;
      call.stuck = true;
      this.#fresh.delete(call);
      this.#stuck += 1;
      this.#ports.gate.leave();
    }
    if (this.underWay > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #end(call: Call): void {
    if (!call.stuck) {
      this.#fresh.delete(call);
      return;
    }
    this.#stuck -= 1;
    this.#ports.gate.reenter();
  }
}

/** Work that keeps a core busy for milliseconds or more: a few at a time, the others wait in front, the newest first. */
export class HeavyCompartment implements Compartment {
  readonly #ports: CompartmentPorts;
  readonly #places: Gate;

  /** @param waitMs how long a call waits for its turn */
  constructor(limits: { atOnce: number; waitMs: number }, ports: CompartmentPorts) {
    this.#ports = ports;
    this.#places = new Gate({ inFlight: limits.atOnce, waitMs: limits.waitMs }, () => ports.now());
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const { gate } = this.#ports;
    const entering = this.#places.enter();
    // the place at the gate is for what works: this call waits, and then works in another process
    gate.leave();
    try {
      if (entering !== true && !(await entering)) {
        this.#ports.refused('heavy');
        throw throttled();
      }
      try {
        return await work();
      } finally {
        this.#places.leave();
      }
    } finally {
      gate.reenter();
    }
  }
}
