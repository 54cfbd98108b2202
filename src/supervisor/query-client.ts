/** A minimal client of our own services that speak the Query protocol (IAM), signed like any client's request. */
import { postSigned } from './signed-post.ts';
import type { Endpoint } from './signed-post.ts';

/**
 * Calls one operation of IAM.
 * @param parameters by their names in the Query protocol: `ActionNames.member.1`
 * @returns the answer's XML
 * @throws Error with the error's code and message
 */
export async function callIam(
  endpoint: Endpoint,
  action: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const form = new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters });
  const { status, text } = await postSigned(endpoint, {
    service: 'iam',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: form.toString(),
  });
  if (status === 200) return text;
  throw new Error(`${action}: ${errorOf(text) ?? `HTTP ${status}`}`);
}

/** From XML, or from the JSON of a server that does not serve IAM. */
function errorOf(text: string): string | undefined {
  const [, code] = /<Code>([^<]*)<\/Code>/.exec(text) ?? /"__type":"([^"]*)"/.exec(text) ?? [];
  const [, message] = /<Message>([^<]*)<\/Message>/.exec(text) ?? /"message":"([^"]*)"/.exec(text) ?? [];
  return code === undefined ? undefined : [code, message].filter((part) => part !== undefined).join(': ');
}
