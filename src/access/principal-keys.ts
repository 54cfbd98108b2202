/** Condition keys that follow from who asks, where there is no whole request: simulations and trust policies. */
import type { Principal } from './caller.ts';
import type { ConditionContext } from './context.ts';

export function principalKeys(principal: Principal): ConditionContext {
  const keys: Record<string, string | readonly string[] | undefined> = {
    'aws:PrincipalArn': principal.issuerArn,
    'aws:PrincipalAccount': principal.accountId,
    'aws:userid': principal.userId === '' ? undefined : principal.userId,
    'aws:username': principal.userName,
    'aws:MultiFactorAuthPresent': principal.session && String(principal.session.mfa),
  };
  for (const [name, values] of principal.session?.keys ?? []) keys[name] = values;
  for (const [name, value] of principal.tags) keys[`aws:PrincipalTag/${name}`] = value;
  return keys;
}
