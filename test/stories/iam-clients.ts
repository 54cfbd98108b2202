/** Official IAM, STS and KMS clients of a server in a test, and a look at what they are refused. */
import assert from 'node:assert/strict';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  IAMServiceException,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { STSClient, STSServiceException } from '@aws-sdk/client-sts';

export interface TestCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface TestClients {
  iam: IAMClient;
  sts: STSClient;
  kms: KMSClient;
  destroy(): void;
}

/** @param region that the clients sign for */
export function clientsOf(endpoint: string, credentials: TestCredentials, region = 'us-east-1'): TestClients {
  const options = { endpoint, region, credentials, maxAttempts: 1 };
  const clients = { iam: new IAMClient(options), sts: new STSClient(options), kms: new KMSClient(options) };
  return { ...clients, destroy: () => Object.values(clients).forEach((client) => client.destroy()) };
}

/** `<code> <status>: <message>` of a refused call. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof IAMServiceException || error instanceof STSServiceException) {
      const { Code = error.name } = error as { Code?: string };
      return `${Code} ${error.$metadata.httpStatusCode}: ${error.message}`;
    }
    throw error;
  }
  return assert.fail('the call was expected to be refused');
}

/** What may go into a policy document. */
export const policyDocument = (...statements: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

export const ALLOW_ALL = policyDocument({ Effect: 'Allow', Action: '*', Resource: '*' });

export const trusting = (principal: object, more: object = {}): string =>
  policyDocument({ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', ...more });

/** A new user of the client's account who may do what these statements say. @returns an access key of the user */
export async function userWith(
  iam: IAMClient,
  UserName: string,
  ...statements: object[]
): Promise<TestCredentials> {
  await iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = policyDocument(...statements);
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
}
