/** Folders and events that the tests of this room share. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildEvent } from '../../src/audit/event.ts';
import type { CloudTrailEvent, EventInput } from '../../src/audit/event.ts';

export const KEY_ARN = 'arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone when the process of the tests ends: a journal that is still open would make its own anew. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'claviger-audit-'));
  folders.push(folder);
  return folder;
}

export function sampleInput(changes: Partial<EventInput> = {}): EventInput {
  return {
    identity: {
      type: 'IAMUser',
      principalId: 'AIDAEXAMPLE',
      arn: 'arn:aws:iam::111122223333:user/Alice',
      accountId: '111122223333',
      accessKeyId: 'AKIAEXAMPLE',
      userName: 'Alice',
    },
    time: Date.UTC(2025, 4, 20, 20, 46, 16, 789),
    eventSource: 'kms.amazonaws.com',
    eventName: 'GenerateDataKey',
    region: 'us-west-2',
    sourceIp: '192.0.2.0',
    userAgent: 'aws-cli/2.15',
    requestParameters: { keyId: 'alias/app', keySpec: 'AES_256', encryptionContext: { Project: 'Alpha' } },
    responseElements: null,
    requestId: randomUUID(),
    eventId: randomUUID(),
    readOnly: true,
    resources: [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: KEY_ARN }],
    recipientAccountId: '111122223333',
    ...changes,
  };
}

export function sampleEvent(changes: Partial<EventInput> = {}): CloudTrailEvent {
  return buildEvent(sampleInput(changes));
}
