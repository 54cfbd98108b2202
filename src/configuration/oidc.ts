/** `oidc`: how the keys of OpenID Connect providers are fetched. */
import { flag, mapping, optional, text } from './values.ts';

export interface OidcConfiguration {
  /** PEM file with CA certificates that are trusted beside those of Node. */
  caFile: string | undefined;
  /** Issuers may be `http://` on a loopback address: for tests and development only. */
  allowHttpOnLoopback: boolean;
}

export const oidc = mapping<OidcConfiguration>({
  caFile: optional(text),
  allowHttpOnLoopback: optional(flag, false),
});
