/** A user or a role, for what both have in common: policies that are attached and policies inside. */
import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  paginateListAttachedRolePolicies,
  paginateListAttachedUserPolicies,
  paginateListRolePolicies,
  paginateListUserPolicies,
} from '@aws-sdk/client-iam';
import type { AttachedPolicy, IAMClient } from '@aws-sdk/client-iam';
import { gather } from '../aws/gather.ts';
import { decodeDocument } from './document-editor.tsx';

export interface InlinePolicy {
  readonly name: string;
  readonly document: string;
}

export interface Owner {
  attached(client: IAMClient): Promise<AttachedPolicy[]>;
  inline(client: IAMClient): Promise<InlinePolicy[]>;
  attach(client: IAMClient, PolicyArn: string): Promise<unknown>;
  detach(client: IAMClient, PolicyArn: string): Promise<unknown>;
  put(client: IAMClient, PolicyName: string, PolicyDocument: string): Promise<unknown>;
  remove(client: IAMClient, PolicyName: string): Promise<unknown>;
}

export function userOwner(UserName: string): Owner {
  return {
    attached: (client) =>
      gather(paginateListAttachedUserPolicies({ client }, { UserName }), (page) => page.AttachedPolicies),
    inline: async (client) => {
      const names = await gather(
        paginateListUserPolicies({ client }, { UserName }),
        (page) => page.PolicyNames,
      );
      return Promise.all(
        names.map(async (name) => {
          const answer = await client.send(new GetUserPolicyCommand({ UserName, PolicyName: name }));
          return { name, document: decodeDocument(answer.PolicyDocument) };
        }),
      );
    },
    attach: (client, PolicyArn) => client.send(new AttachUserPolicyCommand({ UserName, PolicyArn })),
    detach: (client, PolicyArn) => client.send(new DetachUserPolicyCommand({ UserName, PolicyArn })),
    put: (client, PolicyName, PolicyDocument) =>
      client.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument })),
    remove: (client, PolicyName) => client.send(new DeleteUserPolicyCommand({ UserName, PolicyName })),
  };
}

export function roleOwner(RoleName: string): Owner {
  return {
    attached: (client) =>
      gather(paginateListAttachedRolePolicies({ client }, { RoleName }), (page) => page.AttachedPolicies),
    inline: async (client) => {
      const names = await gather(
        paginateListRolePolicies({ client }, { RoleName }),
        (page) => page.PolicyNames,
      );
      return Promise.all(
        names.map(async (name) => {
          const answer = await client.send(new GetRolePolicyCommand({ RoleName, PolicyName: name }));
          return { name, document: decodeDocument(answer.PolicyDocument) };
        }),
      );
    },
    attach: (client, PolicyArn) => client.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })),
    detach: (client, PolicyArn) => client.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
    put: (client, PolicyName, PolicyDocument) =>
      client.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument })),
    remove: (client, PolicyName) => client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })),
  };
}
