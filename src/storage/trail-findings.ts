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

export type FindingPlace = Pick<TrailFinding, 'foundAt' | 'findingId'>;

/** Newest first. @param after begins behind this one */
export async function listFindings(
  db: Queryable,
  { after, limit }: { after: FindingPlace | undefined; limit: number },
): Promise<TrailFinding[]> {
  const rows = await db
    .selectFrom('trail_findings')
    .selectAll()
    .$if(after !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          eb('found_at', '<', after?.foundAt ?? 0),
          eb.and([eb('found_at', '=', after?.foundAt ?? 0), eb('finding_id', '>', after?.findingId ?? '')]),
        ]),
      ),
    )
    .orderBy('found_at', 'desc')
    .orderBy('finding_id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    findingId: row.finding_id,
    kind: row.kind,
    detail: JSON.parse(row.detail) as TrailFinding['detail'],
    foundAt: row.found_at,
  }));
}
