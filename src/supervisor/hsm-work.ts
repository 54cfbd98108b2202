/** What the server has done to HSM processes and backup images (server/parent-messages.ts). */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createHsmFolder } from '../hsm/folder.ts';
import type { HsmConfig } from '../hsm/folder.ts';
import { syncFile } from '../files/durable.ts';
import type { HsmWork } from '../server/parent-messages.ts';
import { copyImage, lineageKey, restoreImage, writeImage } from './hsm-images.ts';
import type { DataFolder, PlannedHsm } from './installation.ts';

type Work<T extends HsmWork['task']> = Extract<HsmWork, { task: T }>;
type ImageName = Work<'removeImage'>['image'];

export interface HsmRunner {
  folder: DataFolder;
  /** Puts the HSM on the list of those that are run, once. */
  plan(hsm: PlannedHsm & { clusterId: string }): PlannedHsm;
  configOf(hsm: PlannedHsm): HsmConfig;
  /** Starts its process, unless it runs. */
  run(hsm: PlannedHsm): void;
  /** Ends its process for good and takes it off the list. */
  end(hsmId: string): Promise<void>;
}

/** @returns what the task gives: SHA-256 of an image, or nothing @throws Error */
export async function performHsmWork(work: HsmWork, runner: HsmRunner): Promise<string | undefined> {
  const { folder } = runner;
  switch (work.task) {
    case 'createHsm':
      await createHsm(work, runner);
      return undefined;
    case 'removeHsm':
      await runner.end(work.hsmId);
      await rm(hsmDir(folder, work.hsmId), { recursive: true, force: true });
      return undefined;
    case 'makeImage': {
      const { request } = work;
      const source = {
        hsmDir: hsmDir(folder, request.hsmId),
        hsmId: request.hsmId,
        clusterId: request.clusterId,
        backupId: request.backupId,
        lineage: request.lineage,
      };
      return writeImage(imageFile(folder, request), source, lineageKey(folder.lineages, request.lineage));
    }
    case 'copyImage':
      return copyImage(imageFile(folder, work.from), imageFile(folder, work.to));
    case 'removeImage':
      await rm(imageFile(folder, work.image), { force: true });
      return undefined;
  }
}

/** A folder is there as a whole, with the image in it, before the process of it may run. */
async function createHsm({ hsm }: Work<'createHsm'>, runner: HsmRunner): Promise<void> {
  const { folder } = runner;
  const { image, ...place } = hsm;
  const planned = runner.plan(place);
  const dir = hsmDir(folder, hsm.hsmId);
  if (image !== undefined && !existsSync(dir)) {
    const draft = `${dir}.restoring`;
    await rm(draft, { recursive: true, force: true });
    await createHsmFolder(draft, runner.configOf(planned));
    const key = lineageKey(folder.lineages, image.lineage);
    await restoreImage(imageFile(folder, image), image.sha256, key, draft);
    await rename(draft, dir);
    syncFile(dirname(dir));
  }
  runner.run(planned);
}

const SAFE_NAME = /^[a-z0-9-]{1,64}$/;

function imageFile(folder: DataFolder, { region, backupId }: ImageName): string {
  return join(folder.backups, safe(region), `${safe(backupId)}.image`);
}

export function hsmDir(folder: DataFolder, hsmId: string): string {
  return join(folder.hsms, safe(hsmId));
}

function safe(name: string): string {
  if (SAFE_NAME.test(name)) return name;
  throw new Error(`'${name}' is not a name`);
}
