/** Structured logs of all processes: one JSON line each on standard error. Fields named here are never written out. */
import { pino } from 'pino';
import type { Logger } from 'pino';

export type { Logger };

/** Members that would hold a secret, should one ever be logged by mistake. */
const SECRET_FIELDS = ['password', 'pin', 'secretAccessKey', 'plaintext', 'sessionToken', 'authorization'];

/**
 * @param component the process or part that speaks, such as `server` or `hsm-cluster`
 * @throws Error when CLAVIGER_LOG_LEVEL is no level
 */
export function createLogger(component: string): Logger {
  const level = process.env['CLAVIGER_LOG_LEVEL'] ?? 'info';
  if (level !== 'silent' && !Object.hasOwn(pino.levels.values, level))
    throw new Error(`CLAVIGER_LOG_LEVEL: '${level}' is none of debug, info, warn and error`);
  return pino(
    {
      base: { component, pid: process.pid },
      level,
      redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
