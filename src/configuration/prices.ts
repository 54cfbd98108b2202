/** `prices`: what `claviger cost` reckons with. The operator pays for HSMs; KMS itself charges nothing. */
import { mapping, optional, quantity, text } from './values.ts';

export interface Prices {
  currency: string;
  /** One HSM for one hour. */
  hsmHour: number;
  /** One KMS key for one month (of 30 days). */
  keyMonth: number;
  /** 10,000 requests to keys of the built-in store. Those of custom key stores are free. */
  requests10000: number;
}

export const prices = mapping<Prices>({
  currency: optional(text, 'USD'),
  hsmHour: optional(quantity(0), 0),
  keyMonth: optional(quantity(0), 0),
  requests10000: optional(quantity(0), 0),
});
