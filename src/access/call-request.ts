/** One authenticated request as every service gets it: who calls, where, and from where. */
import type { Caller } from './caller.ts';

/** Where a request came from, as policies may ask and the audit trail shows it. */
export interface RequestOrigin {
  sourceIp: string;
  userAgent: string;
  tls?: { tlsVersion: string; cipherSuite: string; clientProvidedHostHeader: string } | undefined;
}

export interface CallRequest {
  caller: Caller;
  /** Of the credential scope. */
  region: string;
  /** UUID. */
  requestId: string;
  origin: RequestOrigin;
}
