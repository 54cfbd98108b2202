import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import type { KeyValuePairsProps } from '@cloudscape-design/components/key-value-pairs';

/** Narrower columns would break ids in pieces; a narrow window has one. */
const MIN_COLUMN_PX = 200;

/** What there is to know about one thing: names and values side by side. */
export function Facts({ columns, items }: { columns: number; items: readonly KeyValuePairsProps.Item[] }) {
  return <KeyValuePairs columns={columns} minColumnWidth={MIN_COLUMN_PX} items={items} />;
}
