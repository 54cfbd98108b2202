/** An alias that is changed by two at once: each is let by the key that it points at when the change is made. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { assembleKms } from '../../jobs/assembled.ts';
import type { Answer, AssembledKms } from '../../jobs/assembled.ts';

const AliasName = 'alias/of-two';

describe('an alias that was pointed at another key in the middle of a call', () => {
  let world: AssembledKms;
  /** Keys that let the caller do everything. */
  let first: string;
  let second: string;
  let third: string;
  /** Lets nobody take an alias from it. */
  let jealous: string;

  before(async () => {
    world = await assembleKms(Date.UTC(2026, 0, 1));
    [first, second, third, jealous] = [await newKey(), await newKey(), await newKey(), await newKey()];
    const allow = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' };
    const deny = { ...allow, Effect: 'Deny', Action: ['kms:UpdateAlias', 'kms:DeleteAlias'] };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [allow, deny] });
    await world.call('PutKeyPolicy', { KeyId: jealous, Policy });
  });
  after(() => world.close());
  beforeEach(async () => {
    await world.kms.db.deleteFrom('aliases').execute();
    world.kms.catalog.forgetAll();
    await world.call('CreateAlias', { AliasName, TargetKeyId: first });
  });

  const newKey = async (): Promise<string> =>
    ((await world.call('CreateKey', {}))['KeyMetadata'] as { Arn: string }).Arn;
  const target = async (): Promise<unknown> =>
    ((await world.call('DescribeKey', { KeyId: AliasName }))['KeyMetadata'] as Answer)['Arn'];
  /** Does something once, after the next call has looked where the alias points. */
  const meanwhile = (work: () => Promise<unknown>): void => {
    const { catalog } = world.kms;
    catalog.findAlias = async (aliasArn) => {
      Reflect.deleteProperty(catalog, 'findAlias');
      const row = await catalog.findAlias(aliasArn);
      await work();
      return row;
    };
  };
  const giveTo = async (TargetKeyId: string): Promise<void> => {
    await world.call('DeleteAlias', { AliasName });
    await world.call('CreateAlias', { AliasName, TargetKeyId });
  };

  it('stays where it is when that key does not let the caller change it', async () => {
    meanwhile(() => giveTo(jealous));
    const refused = await world.refused('UpdateAlias', { AliasName, TargetKeyId: second });
    assert.match(refused, /^AccessDeniedException/);
    assert.equal(await target(), jealous);
  });

  it('is not deleted when that key does not let the caller', async () => {
    meanwhile(() => giveTo(jealous));
    assert.match(await world.refused('DeleteAlias', { AliasName }), /^AccessDeniedException/);
    assert.equal(await target(), jealous);
  });

  it('is changed when that key lets the caller, and the event names what it was changed from', async () => {
    meanwhile(() => world.call('UpdateAlias', { AliasName, TargetKeyId: second }));
    await world.call('UpdateAlias', { AliasName, TargetKeyId: third });
    assert.equal(await target(), third);
    const event = (await world.events('UpdateAlias')).at(-1);
    const aliasArn = third.replace(/key\/.*/, AliasName);
    assert.deepEqual(
      event?.resources?.map(({ ARN }) => ARN),
      [aliasArn, third, second],
    );
  });

  it('is not found by the second who deletes it', async () => {
    meanwhile(() => world.call('DeleteAlias', { AliasName }));
    assert.match(await world.refused('DeleteAlias', { AliasName }), /^NotFoundException/);
  });
});
