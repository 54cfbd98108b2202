/** Filters of CloudHSM's lists: all that are given must pass, and of each one of its values. */
import { invalidRequest } from './errors.ts';

export type Filters<Row> = Readonly<Record<string, (row: Row, wanted: readonly string[]) => boolean>>;

/** @throws ApiError CloudHsmInvalidRequestException for a filter that is not known */
export function readFilters<Row>(
  known: Filters<Row>,
  given: Readonly<Record<string, readonly string[]>> | undefined,
): (row: Row) => boolean {
  const filters = Object.entries(given ?? {}).map(([name, values]) => {
    const filter = Object.hasOwn(known, name) ? known[name] : undefined;
    if (filter === undefined) throw invalidRequest(`Unknown filter: ${name}`);
    return (row: Row) => filter(row, values);
  });
  return (row) => filters.every((passes) => passes(row));
}
