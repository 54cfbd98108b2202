/** Version 2 of the AWS CLI, which may stand beside version 1: it has commands that the other does not. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Path of the first `aws` on the PATH that is version 2; undefined when there is none. */
export function findCliVersion2(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const commands = [...new Set(folders.map((folder) => join(folder, 'aws')))];
  return commands
    .filter((path) => existsSync(path))
    .find((path) => {
      const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
      return stdout?.startsWith('aws-cli/2.') === true;
    });
}
