/** How long a data key is to be. AWS: exactly one of KeySpec and NumberOfBytes. */
import { validation } from './errors.ts';

const SPEC_BYTES: Record<string, number> = { AES_256: 32, AES_128: 16 };

/** @returns 1 to 1024 bytes. @throws ApiError ValidationException */
export function dataKeyLength(input: {
  KeySpec?: string | undefined;
  NumberOfBytes?: number | undefined;
}): number {
  const { KeySpec, NumberOfBytes } = input;
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
    throw validation('Please specify either number of bytes or key spec.');
  }
  return NumberOfBytes ?? (SPEC_BYTES[KeySpec as string] as number);
}
