/** A folder as a bucket: keys are paths below it, an object's metadata is a file of its own beside it. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replaceFile, syncFolder } from '../../files/promises.ts';
import type { Bucket } from './bucket.ts';

const METADATA = '.metadata.json';

export function directoryBucket(root: string): Bucket {
  return {
    async put(key, body, metadata) {
      const path = pathOf(root, key);
      await makeFolders(dirname(path));
      // the metadata first: an object that is there is complete
      if (Object.keys(metadata).length > 0) {
        await replaceFile(`${path}${METADATA}`, Buffer.from(`${JSON.stringify(metadata)}\n`));
      }
      await replaceFile(path, body);
    },
  };
}

/** The metadata of an object, or undefined when it has none. */
export async function metadataOf(root: string, key: string): Promise<Record<string, string> | undefined> {
  try {
    return JSON.parse(await readFile(`${pathOf(root, key)}${METADATA}`, 'utf8')) as Record<string, string>;
  } catch {
    return undefined;
  }
}

/** @throws RangeError for a key that would lead out of the folder */
export function pathOf(root: string, key: string): string {
  if (key.startsWith('/') || key.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new RangeError(`'${key}' cannot be a key in a folder`);
  }
  return join(root, key);
}

async function makeFolders(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  for (let made = path; first !== undefined; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first) return;
  }
}
