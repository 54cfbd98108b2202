/** Ids of external keys: those that the protocol allows, and those that Claviger gives. */

/** "uppercase or lowercase letters A through Z, the digits 0 through 9, the hyphen, the period and the underscore" (specification). */
const EXTERNAL_KEY_ID = /^[A-Za-z0-9._-]{1,128}$/;
/** Id of the KMS key, and 40 bytes: the external key, wrapped under it inside the HSM. */
const XKS_KEY_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[A-Za-z0-9_-]{54}$/;

/** @returns false for `.` and `..` too, which a path cannot name */
export function isExternalKeyId(id: string): boolean {
  return EXTERNAL_KEY_ID.test(id) && id !== '.' && id !== '..';
}

export function isXksKeyId(id: string): boolean {
  return XKS_KEY_ID.test(id);
}
