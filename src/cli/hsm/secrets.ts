/**
 * Passwords and confirmations. They come from a file, the environment or a prompt, never from arguments, which everybody on
 * the machine can read in the list of processes.
 */
import { readFile } from 'node:fs/promises';
import { say } from './output.ts';

export interface SecretSource {
  /** What is asked for, such as `Password of kmsuser`. */
  what: string;
  file: string | undefined;
  /** Name of a variable. */
  variable: string;
  /** A new password, which is typed twice. */
  fresh?: boolean;
}

/**
 * The secret from its file, else its variable, else typed without being shown.
 * @throws Error when there is no terminal to ask at
 */
export async function readSecret({ what, file, variable, fresh }: SecretSource): Promise<string> {
  if (file !== undefined) return readSecretFile(file);
  const set = process.env[variable];
  if (set !== undefined && set !== '') return set;
  if (!process.stdin.isTTY)
    throw new Error(`${what} is wanted: give it in a file, in ${variable}, or at a terminal`);
  const typed = await typeHidden(`${what}: `);
  if (fresh === true && (await typeHidden(`${what}, again: `)) !== typed)
    throw new Error('the two are not the same');
  return typed;
}

/** The first line of a file, or `password` of a JSON file such as `officer.json`. */
async function readSecretFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8');
  if (!text.startsWith('{')) return text.split(/\r?\n/, 1)[0] ?? '';
  let content: { password?: unknown };
  try {
    content = JSON.parse(text) as { password?: unknown };
  } catch {
    throw new Error(`${path} is not JSON`); // the parser's own message would quote the file
  }
  if (typeof content.password !== 'string') throw new Error(`${path} has no password`);
  return content.password;
}

const ENTER = ['\r', '\n', '\u0004'];
const ERASE = ['\u007f', '\b'];

function typeHidden(question: string): Promise<string> {
  const { stdin } = process;
  process.stderr.write(question);
  stdin.setRawMode(true).setEncoding('utf8').resume();
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (): void => {
      stdin.off('data', onData).setRawMode(false).pause();
      process.stderr.write('\n');
    };
    const onData = (text: string): void => {
      for (const character of text) {
        if (character === '\u0003') {
          end();
          reject(new Error('interrupted'));
          return;
        }
        if (ENTER.includes(character)) {
          end();
          resolve(typed);
          return;
        }
        typed = ERASE.includes(character) ? typed.slice(0, -1) : typed + character;
      }
    };
    stdin.on('data', onData);
  });
}

/** Asks until `yes` or something else is typed. Without a terminal the answer is no. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  process.stderr.write(`${question} Type yes to go on: `);
  const { stdin } = process;
  stdin.setEncoding('utf8').resume();
  const answer = await new Promise<string>((resolve) => stdin.once('data', (text: string) => resolve(text)));
  stdin.pause();
  return answer.trim() === 'yes';
}

/** Shows a fingerprint that must be the one on the HSM's own console, or is among those given beforehand. */
export async function confirmFingerprint(
  expected: readonly string[],
  what: string,
  fingerprint: string,
): Promise<boolean> {
  say(`${what}:\n  ${fingerprint.match(/.{8}/g)?.join(' ') ?? fingerprint}`);
  const wanted = expected.map((one) => one.replaceAll(/[\s:]/g, '').toLowerCase());
  if (wanted.length > 0) return wanted.includes(fingerprint);
  return confirm("Compare it with what the HSM's own console or log says.");
}
