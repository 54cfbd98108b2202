/**
 * The process as it is shipped: compiled. It starts in a third of the time that it takes through tsx, and the tests of this
 * room start it more than a hundred times.
 */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../..');

/** The rooms that the process is made of. */
const ROOMS = ['crypto-process', 'seal', 'pkcs11', 'native', 'rpc', 'logging'];

let built: string | undefined;

/** Compiles once per test process; the result is removed when it ends. @returns the path of the process's main file */
export function compiledMain(): string {
  if (built !== undefined) return built;
  const project = mkdtempSync(join(tmpdir(), 'cp-dist-'));
  process.on('exit', () => rmSync(project, { recursive: true, force: true }));
  for (const name of ['node_modules', 'native', 'package.json'])
    symlinkSync(join(ROOT, name), join(project, name));
  for (const path of ROOMS.flatMap((room) => sourcesOf(join(ROOT, 'src', room)))) {
    const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
      fileName: path,
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    const target = join(project, 'dist', relative(join(ROOT, 'src'), path).replace(/ts$/, 'js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
  built = join(project, 'dist', 'crypto-process', 'main.js');
  return built;
}

function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}
