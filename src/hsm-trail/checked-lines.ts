/**
 * src/hsm-trail: the server's side of the HSMs' logs. Pulls each HSM's log over its link, proves it (this file), keeps a copy
 * byte for byte (log-copy.ts), and puts user and key management into the log streams of CloudWatch Logs (audit-text.ts,
 * delivery.ts). It decides nothing and changes nothing in an HSM.
 */
import { nextChain } from '../hsm-log/line.ts';

/** Where a log is read on: the number of the next entry, and the chain value before it where that is known. */
export interface LogPlace {
  sequence: number;
  chain: string | undefined;
}

export interface CheckedLines {
  /** Lines that continue the chain. */
  lines: string[];
  /** After them. */
  place: LogPlace;
  /** What is wrong with the line that follows. */
  broken: string | undefined;
}

/** Checks that whole lines continue a log; costs one hash a line, since most are uses of keys that nobody parses here. */
export function checkLines(text: string, from: LogPlace): CheckedLines {
  const lines = text === '' ? [] : text.slice(0, -1).split('\n');
  let { sequence, chain } = from;
  for (const [at, line] of lines.entries()) {
    const stated = line.slice(-64);
    const content = line.slice(0, -65);
    const wrongNumber = !content.startsWith(`${sequence} `);
    const proven = chain === undefined ? /^[0-9a-f]{64}$/.test(stated) : nextChain(chain, content) === stated;
    if (wrongNumber || !proven || line.at(-65) !== ' ') {
      const broken = wrongNumber
        ? `another entry stands where entry ${sequence} should`
        : `the chain value of entry ${sequence} is not that of the entries up to there`;
      return { lines: lines.slice(0, at), place: { sequence, chain }, broken };
    }
    chain = stated;
    sequence += 1;
  }
  return { lines, place: { sequence, chain }, broken: undefined };
}
