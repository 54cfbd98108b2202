import {
  paginateListAttachedGroupPolicies,
  paginateListGroupPolicies,
  paginateListGroupsForUser,
} from '@aws-sdk/client-iam';
import type { AttachedPolicy } from '@aws-sdk/client-iam';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Table from '@cloudscape-design/components/table';
import { useCallback } from 'react';
import { gather } from '../aws/gather.ts';
import { useAnswer } from '../aws/use-answer.ts';
import { Loaded } from '../layout/loaded.tsx';
import { hrefTo } from '../layout/route.ts';
import { useSignedIn } from '../session/session-context.ts';

interface ShownGroup {
  readonly name: string;
  readonly attached: readonly AttachedPolicy[];
  readonly inline: readonly string[];
}

/** The groups in which a user is: what they allow, the user may do too. They are made and filled by the API. */
export function Groups({ userName }: { userName: string }) {
  const { clients } = useSignedIn();
  const load = useCallback(async (): Promise<ShownGroup[]> => {
    const client = await clients.iam();
    const groups = await gather(
      paginateListGroupsForUser({ client }, { UserName: userName }),
      (page) => page.Groups,
    );
    return Promise.all(
      groups.map(async ({ GroupName = '' }) => ({
        name: GroupName,
        attached: await gather(
          paginateListAttachedGroupPolicies({ client }, { GroupName }),
          (page) => page.AttachedPolicies,
        ),
        inline: await gather(
          paginateListGroupPolicies({ client }, { GroupName }),
          (page) => page.PolicyNames,
        ),
      })),
    );
  }, [clients, userName]);
  const answer = useAnswer(load);
  return (
    <Loaded answer={answer}>
      {(groups) => (
        <Table
          header={
            <Header
              variant="h2"
              counter={`(${groups.length})`}
              description="What the policies of a group say is said of this user too"
            >
              Groups
            </Header>
          }
          items={groups}
          trackBy="name"
          wrapLines
          empty="This user is in no group."
          ariaLabels={{ tableLabel: 'Groups' }}
          columnDefinitions={[
            { id: 'name', header: 'Group', cell: ({ name }) => name, isRowHeader: true },
            {
              id: 'attached',
              header: 'Attached policies',
              cell: ({ attached }) =>
                attached.length === 0
                  ? '–'
                  : attached.map(({ PolicyName, PolicyArn = '' }) => (
                      <div key={PolicyArn}>
                        <Link href={hrefTo(['policies', PolicyArn])}>{PolicyName}</Link>
                      </div>
                    )),
            },
            { id: 'inline', header: 'Inline policies', cell: ({ inline }) => inline.join(', ') || '–' },
          ]}
        />
      )}
    </Loaded>
  );
}
