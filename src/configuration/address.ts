/** Where something listens, as options and files name it. */
export interface Address {
  host: string;
  port: number;
}

/** `host:port`, `[v6]:port`. @throws Error */
export function splitAddress(address: string): Address {
  const [, host = '', digits] = /^(.+):(\d{1,5})$/.exec(address) ?? [];
  const port = Number(digits);
  if (host === '' || port > 65_535) throw new Error(`'${address}' is not host:port`);
  return { host: host.replace(/^\[|\]$/g, ''), port };
}
