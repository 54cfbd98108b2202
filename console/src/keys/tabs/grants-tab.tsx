import { RevokeGrantCommand, paginateListGrants } from '@aws-sdk/client-kms';
import type { GrantListEntry } from '@aws-sdk/client-kms';
import { useCollection } from '@cloudscape-design/collection-hooks';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import Table from '@cloudscape-design/components/table';
import { useCallback, useState } from 'react';
import { gather } from '../../aws/gather.ts';
import { useAnswer } from '../../aws/use-answer.ts';
import { Confirm } from '../../layout/confirm.tsx';
import { dateText } from '../../layout/dates.ts';
import { Loaded } from '../../layout/loaded.tsx';
import { useNotifications } from '../../layout/notifications.ts';
import { useSignedIn } from '../../session/session-context.ts';

/** Grants that a call lists at most, and that are on a page: a key may have 50,000. AWS: API_ListGrants. */
const LISTED_AT_ONCE = 100;
const SHOWN_AT_ONCE = 20;

/** Who was given the use of this key by a grant. */
export function GrantsTab({ keyId }: { keyId: string }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [asked, setAsked] = useState<GrantListEntry>();
  const load = useCallback(async () => {
    const client = await clients.kms();
    return gather(
      paginateListGrants({ client, pageSize: LISTED_AT_ONCE }, { KeyId: keyId }),
      (page) => page.Grants,
    );
  }, [clients, keyId]);
  const answer = useAnswer(load);
  const { items, paginationProps } = useCollection(answer.value ?? [], {
    pagination: { pageSize: SHOWN_AT_ONCE },
  });
  const revoke = async (GrantId: string): Promise<void> => {
    const client = await clients.kms();
    await client.send(new RevokeGrantCommand({ KeyId: keyId, GrantId }));
    notifications.succeeded('The grant was revoked.');
    answer.reload();
  };
  return (
    <Loaded answer={answer}>
      {(grants) => (
        <>
          <Table
            header={
              <Header variant="h2" counter={`(${grants.length})`}>
                Grants
              </Header>
            }
            items={items}
            trackBy="GrantId"
            pagination={
              <Pagination {...paginationProps} ariaLabels={{ paginationLabel: 'Pages of grants' }} />
            }
            wrapLines
            empty="There are no grants for this key."
            columnDefinitions={[
              { id: 'name', header: 'Name', cell: (grant) => grant.Name || grant.GrantId, isRowHeader: true },
              { id: 'grantee', header: 'Grantee', cell: (grant) => grant.GranteePrincipal ?? '–' },
              {
                id: 'operations',
                header: 'Operations',
                cell: (grant) => grant.Operations?.join(', ') ?? '–',
              },
              { id: 'constraints', header: 'Constraints', cell: constraintsOf },
              { id: 'created', header: 'Created', cell: (grant) => dateText(grant.CreationDate) },
              {
                id: 'actions',
                header: 'Actions',
                cell: (grant) => (
                  <Button
                    variant="inline-link"
                    ariaLabel={`Revoke ${grant.Name || grant.GrantId}`}
                    onClick={() => setAsked(grant)}
                  >
                    Revoke
                  </Button>
                ),
              },
            ]}
          />
          {asked === undefined ? null : (
            <Confirm
              title="Revoke grant"
              action="Revoke"
              onClose={() => setAsked(undefined)}
              onConfirm={() => revoke(asked.GrantId ?? '')}
            >
              <p>{asked.GranteePrincipal} may then use the key only as far as policies allow it.</p>
            </Confirm>
          )}
        </>
      )}
    </Loaded>
  );
}

function constraintsOf({ Constraints }: GrantListEntry): string {
  const pairs = Constraints?.EncryptionContextEquals ?? Constraints?.EncryptionContextSubset;
  if (pairs === undefined) return '–';
  return Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}
