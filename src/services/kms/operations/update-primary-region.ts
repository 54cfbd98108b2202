import type { Call } from '../call.ts';
import { alreadyPrimary, keyNotFound } from '../errors.ts';
import { relatedArn, requirePrimary, withPrimary } from '../multi-region.ts';
import { operation } from '../operation.ts';
import { authorizeKey, requireKeyState } from '../pipeline.ts';
import { currentKey, forgetRelated, setRegions } from '../related-keys.ts';

/**
 * Makes a replica the primary key, and the primary key a replica of it. Both are Updating until they are in step
 * (jobs/multi-region.ts); their ARNs, policies and material stay. AWS: API_UpdatePrimaryRegion.
 */
export const updatePrimaryRegion = operation('UpdatePrimaryRegion', {
  action: 'kms:UpdatePrimaryRegion',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  context: ({ PrimaryRegion }) => ({ 'kms:PrimaryRegion': PrimaryRegion }),
  audit: ({ KeyId, PrimaryRegion }) => ({ keyId: KeyId, primaryRegion: PrimaryRegion }),
  alsoCounts: ({ input }) => ({ operation: 'UpdatePrimaryRegion', region: input.PrimaryRegion, times: 1 }),
  validate: ({ key, input }) => {
    requirePrimary(key);
    if (input.PrimaryRegion === key.region) throw alreadyPrimary(key.arn);
  },

  async handle(call) {
    await requireMayPromote(call);
    const { kms, key, input } = call;
    const promoted = await call.commit({ keyId: key.arn }, async (tx) => {
      const former = await currentKey(kms, tx, key.arn);
      const before = requirePrimary(former);
      requireKeyState(call, former);
      const next = await currentKey(kms, tx, relatedArn(key, input.PrimaryRegion));
      requireKeyState(call, next);
      const swapped = new Set([former.arn, next.arn]);
      await setRegions(kms, tx, former, withPrimary(before, next.region), (row) =>
        swapped.has(row.key_arn) ? { state: 'Updating' } : {},
      );
      await call.accompany(tx, { key: next, responseElements: { keyId: next.arn } });
      return next;
    });
    forgetRelated(kms, promoted);
    return undefined;
  },
});

/** The caller needs the permission on the replica too. @throws ApiError NotFoundException when there is none */
async function requireMayPromote(call: Call<'UpdatePrimaryRegion'>): Promise<void> {
  const { key, kms, input } = call;
  const arn = relatedArn(key, input.PrimaryRegion);
  if (key.multiRegion?.replicas.includes(input.PrimaryRegion) !== true) throw keyNotFound(arn);
  const replica = await kms.catalog.find(arn);
  if (replica === undefined) throw keyNotFound(arn);
  await authorizeKey(call, replica, 'kms:UpdatePrimaryRegion');
}
