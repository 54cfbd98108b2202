/**
 * The database behind everything that KMS remembers. Queries stand in this folder, one file per noun, and run on every
 * engine; the rest of the server sees functions and rows, never SQL.
 */
import type { Kysely, Transaction } from 'kysely';
import type { Schema } from './schema.ts';

/** An open database. Passed to query functions, which also take a transaction of it. */
export type Database = Kysely<Schema>;
export type DatabaseTransaction = Transaction<Schema>;
export type Queryable = Database | DatabaseTransaction;
