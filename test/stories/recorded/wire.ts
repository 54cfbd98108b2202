/** One call through the official SDK, and what came back on the wire. */
import * as sdk from '@aws-sdk/client-kms';
import { KMSServiceException } from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';

export interface Exchange {
  status: number;
  /** Of the answer's JSON; empty for an answer without a body. */
  body: Record<string, unknown>;
}

type Command = Parameters<KMSClient['send']>[0];
type Response = { statusCode: number; body: AsyncIterable<Uint8Array> | Uint8Array };

/** @param operation as in the API model; its input goes to the SDK as it is, right or wrong */
export async function exchange(client: KMSClient, operation: string, input: object): Promise<Exchange> {
  const commands = sdk as unknown as Record<string, new (input: object) => Command>;
  const command = new (commands[`${operation}Command`] as new (input: object) => Command)(input);
  let status = 0;
  let text = '';
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as Response;
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      [status, text, response.body] = [response.statusCode, bytes.toString('utf8'), bytes];
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'wire' },
  );
  try {
    await client.send(command);
  } catch (error) {
    if (!(error instanceof KMSServiceException)) throw error;
  }
  return { status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}
