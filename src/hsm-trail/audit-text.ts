/**
 * Entries of an HSM's log in the text of CloudHSM's audit log. AWS: "Interpreting HSM audit logs" and "HSM audit log reference"
 * (CloudHSM user guide). Where AWS publishes no number for an opcode, none is shown.
 */
import type { HsmLogEntry } from '../rpc/hsm-messages.ts';

/** Hexadecimal opcodes that AWS publishes. */
const OPCODES: Readonly<Record<string, string>> = {
  CN_INIT_TOKEN: '0x1',
  CN_CREATE_USER: '0x3',
  CN_CREATE_CO: '0x4',
  CN_CHANGE_PSWD: '0x9',
  CN_LOGIN: '0xd',
  CN_LOGOUT: '0xe',
  CN_DESTROY_OBJECT: '0x11',
  CN_SHARE_OBJECT: '0x12',
  CN_GENERATE_KEY: '0x17',
  CN_GENERATE_KEY_PAIR: '0x19',
  CN_WRAP_KEY: '0x1a',
  CN_UNWRAP_KEY: '0x1b',
  CN_GEN_PSWD_ENC_KEY: '0x1d',
  CN_NIST_AES_WRAP: '0x1e',
  CN_INIT_DONE: '0x95',
  CN_DELETE_USER: '0xa1',
  CN_EXTRACT_MASKED_OBJECT_USER: '0xf0',
  CN_INSERT_MASKED_OBJECT_USER: '0xf1',
  CN_CREATE_APPLIANCE_USER: '0xfc',
};

/** Texts that AWS publishes; every other failure has the last one. */
const RESPONSES: Readonly<Record<number, string>> = {
  0: 'HSM Return: SUCCESS',
  157: "HSM Error: user isn't initialized or user with this name doesn't exist",
  163: 'HSM Error: RET_USER_LOGIN_FAILURE',
};
const OTHER_FAILURE = 'HSM Error: the operation failed';

const USER_TYPES = { CRYPTO_USER: 'CN_CRYPTO_USER (1)', CRYPTO_OFFICER: 'CN_CRYPTO_OFFICER (2)' } as const;

/** Constant in a stream, as with CloudHSM; an HSM's log is one log over all restarts of its process. */
const REBOOT_COUNTER = '0x1';

/** Uses of keys are no events of CloudHSM's audit log. */
export function isAuditEvent({ opcode }: Pick<HsmLogEntry, 'opcode'>): boolean {
  return opcode !== 'USE_KEY';
}

/** @param position number of the event in its stream @param keyHandle of the key that the entry is about */
export function auditText(entry: HsmLogEntry, position: number, keyHandle: string | undefined): string {
  const number = OPCODES[entry.opcode];
  return [
    `Time: ${timeText(entry.timeMicros)}, usecs:${entry.timeMicros}`,
    `Sequence No : 0x${position.toString(16)}`,
    `Reboot counter : ${REBOOT_COUNTER}`,
    'Command Type(hex) : CN_MGMT_CMD (0x0)',
    `Opcode : ${entry.opcode}${number === undefined ? '' : ` (${number})`}`,
    `Session Handle : 0x${entry.session.toString(16)}`,
    `Response : ${entry.response}:${RESPONSES[entry.response] ?? OTHER_FAILURE}`,
    ...detailLines(entry, keyHandle),
  ].join('\n');
}

function detailLines(
  { materialId, userName, userType }: HsmLogEntry,
  keyHandle: string | undefined,
): string[] {
  if (materialId !== undefined) {
    const handle = keyHandle ?? '0';
    return [
      'Log type : MGMT_KEY_DETAILS_LOG (1)',
      `Priv/Secret Key Handle : ${handle}`,
      'Public Key Handle : 0',
    ];
  }
  if (userName === undefined) return ['Log type : MINIMAL_LOG_ENTRY (0)'];
  return [
    'Log type : MGMT_USER_DETAILS_LOG (2)',
    `User Name : ${userName}`,
    `User Type : ${USER_TYPES[userType ?? 'CRYPTO_USER']}`,
  ];
}

/** `MM/DD/YY HH:MM:SS.uuuuuu`, UTC. */
function timeText(micros: number): string {
  const iso = new Date(Math.floor(micros / 1000)).toISOString();
  const [, year, month, day, time] = /^\d\d(\d\d)-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)/.exec(
    iso,
  ) as unknown as string[];
  return `${month}/${day}/${year} ${time}.${String(micros % 1_000_000).padStart(6, '0')}`;
}
