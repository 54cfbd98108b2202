import { DatabaseUnavailable } from '../../src/storage/store.ts';
import type { Database, DatabaseTransaction } from '../../src/storage/store.ts';

/** The database, but that it commits and does not say so. */
export function unheard(db: Database): Database {
  const execute = async (work: (tx: DatabaseTransaction) => Promise<unknown>): Promise<never> => {
    await db.transaction().setIsolationLevel('serializable').execute(work);
    throw new DatabaseUnavailable('the connection broke');
  };
  return { transaction: () => ({ setIsolationLevel: () => ({ execute }) }) } as unknown as Database;
}
