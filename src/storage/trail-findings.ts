/** What is wrong with the trails, as far as it was told already. */
import type { Queryable } from './store.ts';

export interface TrailFinding {
  findingId: string;
  kind: string;
  detail: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970. */
  foundAt: number;
}

/** @returns whether it is new */
export async function addFinding(db: Queryable, finding: TrailFinding): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('trail_findings')
    .values({
      finding_id: finding.findingId,
      kind: finding.kind,
      detail: JSON.stringify(finding.detail),
      found_at: finding.foundAt,
    })
    .onConflict((c) => c.column('finding_id').doNothing())
    .executeTakeFirst();
  return Number(numInsertedOrUpdatedRows ?? 0) > 0;
}

/** The ARN of the KMS key whose backing key has this id in an HSM. */
export async function keyOfMaterial(db: Queryable, materialId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('key_materials')
    .select('key_arn')
    .where('material_id', '=', materialId)
    .executeTakeFirst();
  return row?.key_arn;
}
