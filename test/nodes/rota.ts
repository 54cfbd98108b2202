/** Stands for the lease on all duties where a test says itself who is on duty. */
import { StaleRow } from '../../src/storage/conflicts.ts';
import type { Duty } from '../../src/storage/leases.ts';

export class Rota {
  #fence = 0;
  #holder: string | undefined;

  /** From now on this process is on duty, and the one before it knows that. */
  begin(name: string): void {
    this.#holder = name;
    this.#fence += 1;
  }

  /** The duty as a process sees it. */
  dutyOf(name: string): Duty {
    const isHolder = (): boolean => this.#holder === name;
    const fence = (): number | undefined => (isHolder() ? this.#fence : undefined);
    return {
      get held() {
        return isHolder();
      },
      get fence() {
        return fence();
      },
      require: async () => {
        if (!isHolder()) throw new StaleRow('leases');
      },
    };
  }
}
