import Box from '@cloudscape-design/components/box';
import Link from '@cloudscape-design/components/link';
import { hrefTo } from '../layout/route.ts';
import type { ListedKey } from './key-list.ts';

/** Wider than most names; a longer one is cut off, so that the other columns stay in sight. */
export const KEY_LINK_MAX_PX = 380;

/** A key in a list, by its first alias; how many more it has is said, for fifty would fill the line. */
export function KeyLink({ of: { keyId, aliases } }: { of: ListedKey }) {
  const [first = keyId, ...others] = aliases;
  return (
    <>
      <Link href={hrefTo(['keys', keyId])}>{first}</Link>
      {others.length === 0 ? null : (
        <Box display="inline" color="text-body-secondary">
          {` +${others.length} more`}
        </Box>
      )}
    </>
  );
}
