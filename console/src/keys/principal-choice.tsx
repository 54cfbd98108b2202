import { paginateListRoles, paginateListUsers } from '@aws-sdk/client-iam';
import FormField from '@cloudscape-design/components/form-field';
import Multiselect from '@cloudscape-design/components/multiselect';
import { useCallback } from 'react';
import { useAnswer } from '../aws/use-answer.ts';
import { Loaded } from '../layout/loaded.tsx';
import { useSignedIn } from '../session/session-context.ts';

interface Option {
  value: string;
  label: string;
  description: string;
}

/** Users and roles of this account, chosen by name; whoever was chosen and is not one of them is shown by the ARN. */
export function PrincipalChoice({
  label,
  description,
  chosen,
  choose,
}: {
  label: string;
  description: string;
  /** ARNs. */
  chosen: readonly string[];
  choose: (arns: readonly string[]) => void;
}) {
  const { clients } = useSignedIn();
  const load = useCallback(async () => {
    const client = await clients.iam();
    const options: Option[] = [];
    for await (const { Users } of paginateListUsers({ client }, {})) {
      for (const { Arn = '', UserName = '' } of Users ?? [])
        options.push({ value: Arn, label: UserName, description: 'User' });
    }
    for await (const { Roles } of paginateListRoles({ client }, {})) {
      for (const { Arn = '', RoleName = '' } of Roles ?? [])
        options.push({ value: Arn, label: RoleName, description: 'Role' });
    }
    return options;
  }, [clients]);
  const answer = useAnswer(load);
  return (
    <Loaded answer={answer}>
      {(principals) => {
        const known = new Set(principals.map(({ value }) => value));
        const others = chosen.filter((arn) => !known.has(arn));
        const options = [
          ...principals,
          ...others.map((arn) => ({
            value: arn,
            label: arn,
            description: 'Not a user or role of this account',
          })),
        ];
        return (
          <FormField label={label} description={description} stretch>
            <Multiselect
              options={options}
              selectedOptions={options.filter(({ value }) => chosen.includes(value))}
              onChange={({ detail }) => choose(detail.selectedOptions.map(({ value = '' }) => value))}
              filteringType="auto"
              filteringAriaLabel={`Find ${label.toLowerCase()}`}
              placeholder="Choose users and roles"
              empty="There are no users and roles in this account."
              deselectAriaLabel={(option) => `Remove ${option.label ?? ''}`}
            />
          </FormField>
        );
      }}
    </Loaded>
  );
}
