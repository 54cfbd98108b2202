/** Makes the data folder that the whole suite starts from: `node --import tsx test/stories/installation.ts <folder>`. */
import assert from 'node:assert/strict';
import { startClaviger } from './claviger.ts';

const [, , folder] = process.argv;
assert(folder !== undefined);
const claviger = await startClaviger({}, { engine: 'sqlite' }, undefined, folder);
await claviger.stop();
