/** The programs that the supervisor runs: compiled files beside this one, with the flags of Node that each gets. */
import { fileURLToPath } from 'node:url';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const PROGRAMS = {
  server: file('../server/main.js'),
  crypto: file('../crypto-process/main.js'),
  hsm: file('../hsm/main.js'),
  agent: file('../operator/agent-main.js'),
  setup: file('../operator/setup-main.js'),
} as const;

/** Flags of the operator for all processes, such as `--cpu-prof --cpu-prof-dir=…` for a profile (docs/performance.md). */
const OPERATOR_FLAGS = (process.env['CLAVIGER_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');

/** Nothing in our processes needs `__proto__`, and attackers love it. */
export const NODE_FLAGS: readonly string[] = ['--disable-proto=delete', ...OPERATOR_FLAGS];
