/**
 * Wrong passwords in a row, per user. CloudHSM locks a user after five until the crypto officer sets a new password. The
 * count is on disk before the password is looked at, so that killing the process gives no free guesses.
 */
import { readFileSync } from 'node:fs';
import { RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import { replaceFile } from '../files/durable.ts';
import { HSM_FILES } from './folder.ts';

export const MAX_FAILURES = 5;

export interface Lockout {
  isLocked(name: string): boolean;
  /** Counts an attempt, durably, before its password is checked. @throws RpcError USER_LOCKED when it may not be made */
  attempt(name: string): void;
  /** The attempt failed for another reason than its password. */
  undo(name: string): void;
  /** The attempt's password was right, or the officer set a new one. */
  clear(name: string): void;
}

export function openLockout(): Lockout {
  const failures = new Map<string, number>(Object.entries(read()));
  const write = (): void =>
    replaceFile(HSM_FILES.failures, `${JSON.stringify(Object.fromEntries(failures))}\n`);
  const count = (name: string): number => failures.get(name) ?? 0;
  return {
    isLocked: (name) => count(name) >= MAX_FAILURES,
    attempt(name) {
      if (count(name) >= MAX_FAILURES) {
        throw new RpcError(HsmErrorCode.userLocked, 'locked after five wrong passwords');
      }
      failures.set(name, count(name) + 1);
      try {
        write();
      } catch (error) {
        failures.set(name, count(name) - 1); // not even tried: a full disk must not lock anybody out
        throw error;
      }
    },
    undo(name) {
      failures.set(name, Math.max(0, count(name) - 1));
      write();
    },
    clear(name) {
      if (failures.delete(name)) write();
    },
  };
}

function read(): Record<string, number> {
  try {
    return JSON.parse(readFileSync(HSM_FILES.failures, 'utf8')) as Record<string, number>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
