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

/** A call that takes longer than this waits for its key store: at full load, calls that work take a third of it. */
const SLOW_MS = 100;
/** A call that takes longer than this is stuck: an HSM has 250 ms before another one is asked. */
const STUCK_MS = 250;
const LOOK_MS = 50;

interface Call {
  since: number;
  stuck: boolean;
}

export interface StoreLimits {
  /** Calls under way while any is stuck. */
  hanging: number;
  /** Calls that are slow and yet not stuck, and have given up their places at the gate. */
  slow: number;
}

/**
 * The calls to one key store. Those that are slow do no work here, so they give their place at the gate to others: a store that is
 * far away takes no places from one that is near. While any is stuck, no more than `hanging` are under way, so that a store
 * that hangs costs memory for so many and nothing else.
 */
export class StoreCompartment implements Compartment {
  readonly #ports: CompartmentPorts;
  readonly #limits: StoreLimits;
  /** Those that have a place at the gate, and those that gave it up; in the order in which they began. */
  readonly #fresh = new Set<Call>();
  readonly #slow = new Set<Call>();
  #stuck = 0;
  #looking: NodeJS.Timeout | undefined;

  constructor(limits: StoreLimits, ports: CompartmentPorts) {
    this.#limits = limits;
    this.#ports = ports;
  }

  get underWay(): number {
    return this.#fresh.size + this.#slow.size;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#stuck > 0 && this.underWay >= this.#limits.hanging) {
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

  /** Finds what is slow, and what is stuck. */
  look(): void {
    const now = this.#ports.now();
    for (const call of this.#fresh) {
      const takes = now - call.since;
      if (takes < SLOW_MS || (takes < STUCK_MS && this.#slow.size >= this.#limits.slow)) break;
      this.#fresh.delete(call);
      this.#slow.add(call);
      this.#ports.gate.leave();
    }
    for (const call of this.#slow) {
      if (now - call.since < STUCK_MS) break;
      if (!call.stuck) this.#stuck += 1;
      call.stuck = true;
    }
    if (this.underWay > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #end(call: Call): void {
    if (this.#fresh.delete(call)) return;
    this.#slow.delete(call);
    if (call.stuck) this.#stuck -= 1;
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
