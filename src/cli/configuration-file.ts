/** Which configuration file commands read. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * @param named by an option or a variable; when undefined, the one in the data folder, which need not be there
 * @throws Error when a file that was named is not there: what it says would be passed over in silence
 */
export function configurationFile(named: string | undefined, data: string): string {
  if (named === undefined || named === '') return resolve(data, 'claviger.yaml');
  const file = resolve(named);
  if (!existsSync(file)) throw new Error(`there is no configuration file ${file}`);
  return file;
}
