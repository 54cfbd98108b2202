/** One error for all failures of a PKCS#11 call, whatever form pkcs11js or the native addon gave it. */
import pkcs11js from 'pkcs11js';

/** Return values that pkcs11js 2.1.7 has no name for (PKCS#11 2.40 header). */
const LATER_NAMES: Readonly<Record<number, string>> = { 0x1b: 'CKR_ACTION_PROHIBITED' };

const CKR_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(pkcs11js as unknown as Record<string, unknown>)
    .filter((entry): entry is [string, number] => entry[0].startsWith('CKR_') && typeof entry[1] === 'number')
    .map(([name, value]) => [value, name] as const)
    .concat(Object.entries(LATER_NAMES).map(([value, name]) => [Number(value), name] as const)),
);

/** A PKCS#11 function answered something else than CKR_OK. */
export class Pkcs11Failure extends Error {
  /** Such as CKR_PIN_INCORRECT; CKR_0x… when the value has no name. */
  readonly ckr: string;
  /** The CK_RV. */
  readonly value: number;

  constructor(value: number) {
    const ckr = CKR_NAMES.get(value) ?? `CKR_0x${value.toString(16)}`;
    super(ckr);
    this.name = 'Pkcs11Failure';
    this.ckr = ckr;
    this.value = value;
  }
}

/**
 * Some calls throw Pkcs11Error with a code, others a plain `Error("CKR_…:NN")` (C_SetAttributeValue, C_CopyObject, our
 * own addon). Errors that are not a CK_RV come back as they are.
 */
export function pkcs11Failure(error: unknown): Error {
  if (error instanceof Pkcs11Failure) return error;
  if (!(error instanceof Error)) return new Error('a value that is no error was thrown');
  const code: unknown = (error as { code?: unknown }).code;
  if (error.message.startsWith('CKR_') && typeof code === 'number') return new Pkcs11Failure(code);
  const match = /^CKR_\w+:(\d+)/.exec(error.message);
  return match === null ? error : new Pkcs11Failure(Number(match[1]));
}

/**
 * Runs PKCS#11 calls and gives their failures as Pkcs11Failure.
 * @throws Pkcs11Failure
 */
export function attempt<Result>(calls: () => Result): Result {
  try {
    return calls();
  } catch (error) {
    throw pkcs11Failure(error);
  }
}

/** True when `error` is the given return value, by name. */
export function isFailure(error: unknown, ...names: readonly string[]): boolean {
  const failure = pkcs11Failure(error);
  return failure instanceof Pkcs11Failure && names.includes(failure.ckr);
}
