/**
 * Records of both trails as lines of text, for the time between being dealt out and being matched (partitions.ts). There are millions of
 * them, and most calls differ in little: what calls on one key have in common is kept once and has a number.
 */
import type { Call, Line, Use } from './records.ts';

/** What is the same in all calls of one operation on the same keys with the same outcome. */
type Kind = Pick<Call, 'eventName' | 'outcome' | 'verbs' | 'keyArns' | 'keyStore' | 'wanted'>;

/** Kinds that are kept; those of more keys are written out in their lines. */
const MAX_KINDS = 20_000;

export class RecordText {
  readonly #numbers = new Map<string, number>();
  readonly #kinds: Kind[] = [];

  /** One line, with its end. */
  ofUse({ requestId, timeAt, sequence, hsmId, verb, materialId, succeeded }: Use): string {
    return `u ${requestId} ${timeAt} ${sequence} ${hsmId} ${verb} ${materialId} ${succeeded ? 1 : 0}\n`;
  }

  ofCall(call: Call): string {
    const { requestId, timeAt, seq, eventId, writer } = call;
    if (/\s/.test(requestId + eventId + writer)) return `j ${JSON.stringify(call)}\n`; // not written by Claviger
    return `c ${requestId} ${timeAt} ${seq} ${eventId} ${writer} ${this.#kindOf(call)}\n`;
  }

  /** @param text lines that this object made */
  recordsIn(text: string): Line[] {
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        if (line.startsWith('u')) return { use: parseUseLine(line) };
        return {
          call: line.startsWith('j') ? (JSON.parse(line.slice(2)) as Call) : this.#parseCall(line),
        };
      });
  }

  #kindOf({ eventName, outcome, verbs, keyArns, keyStore, wanted }: Call): string {
    let name = `${eventName} ${outcome} ${keyStore}`;
    for (const keyArn of keyArns) name += ` ${keyArn}`;
    for (const { verb, keyArn } of wanted) name += ` ${verb} ${keyArn}`;
    const known = this.#numbers.get(name);
    if (known !== undefined) return String(known);
    const kind: Kind = { eventName, outcome, verbs, keyArns, keyStore, wanted };
    if (this.#kinds.length >= MAX_KINDS) return JSON.stringify(kind);
    this.#numbers.set(name, this.#kinds.length);
    return String(this.#kinds.push(kind) - 1);
  }

  #parseCall(line: string): Call {
    const words = line.split(' ');
    const [, requestId = '', timeAt, seq, eventId = '', writer = '', number = ''] = words;
    const { eventName, outcome, verbs, keyArns, keyStore, wanted } = number.startsWith('{')
      ? (JSON.parse(words.slice(6).join(' ')) as Kind)
      : (this.#kinds[Number(number)] as Kind);
    // one literal: spreading objects costs more than all else here
    return {
      requestId,
      timeAt: Number(timeAt),
      writer,
      seq: Number(seq),
      eventId,
      eventName,
      outcome,
      verbs,
      keyArns,
      keyStore,
      wanted,
    };
  }
}

function parseUseLine(line: string): Use {
  const words = line.split(' ');
  const [, requestId = '', timeAt, sequence, hsmId = '', verb = '', materialId = '', succeeded] = words;
  return {
    requestId,
    timeAt: Number(timeAt),
    hsmId,
    sequence: Number(sequence),
    verb,
    succeeded: succeeded === '1',
    materialId,
  };
}
