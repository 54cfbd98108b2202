/** The evidence as a page to read and to print: one file, no scripts, nothing loaded from elsewhere. */
import { X509Certificate } from 'node:crypto';
import { reportLines } from '../reconcile/print.ts';
import type { HsmEvidence, KeyEvidence } from '../rpc/operator-messages.ts';
import type { KeyEvents } from './key-events.ts';
import type { Markup } from './html.ts';
import { html, table } from './html.ts';
import type { Evidence } from './pack.ts';

const STYLE = `
  :root { font: 10.5pt/1.45 system-ui, sans-serif; color: #16191f; }
  body { max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem; }
  h1 { font-size: 1.7rem; margin: 0 0 .2rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #b6bec9; padding-bottom: .2rem; }
  h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
  .arn, code, pre, td.mono { font-family: ui-monospace, monospace; font-size: .88em; overflow-wrap: anywhere; }
  .verdict { padding: .7rem 1rem; border-left: .4rem solid; margin: 1rem 0; font-weight: 600; }
  .agree { border-color: #037f0c; background: #f2fcf3; } .mismatch { border-color: #d91515; background: #fff7f7; } .undecided { border-color: #8d6605; background: #fffce9; }
  table { border-collapse: collapse; width: 100%; margin: .4rem 0; } th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid #d9dee4; overflow-wrap: anywhere; }
  th { background: #f4f6f8; font-weight: 600; overflow-wrap: normal; white-space: nowrap; } td:first-child { min-width: 9.5em; } td:nth-child(2) { min-width: 6.5em; } pre { background: #f4f6f8; padding: .6rem; white-space: pre-wrap; margin: .2rem 0; }
  dl { display: grid; grid-template-columns: 12rem 1fr; gap: .25rem 1rem; margin: .5rem 0; } dt { color: #5f6b7a; } dd { margin: 0; overflow-wrap: anywhere; }
  .none { color: #5f6b7a; } footer { margin-top: 2.5rem; color: #5f6b7a; font-size: .9em; }
  @media print { body { margin: 0; max-width: none; } h2, h3 { break-after: avoid; } tr, .verdict { break-inside: avoid; } thead { display: table-header-group; } }
`;

export function page(evidence: Evidence): string {
  const { keyArn, madeAt, now, notAsked, verification } = evidence;
  const text = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Evidence for ${keyArn}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <h1>Evidence for a KMS key</h1>
        <p class="arn">${keyArn}</p>
        <p>Made ${madeAt} by <code>claviger audit export</code>. All times are UTC.</p>
        <h2>Verification</h2>
        ${verdict(verification.outcome)}
        <ul>
          ${reportLines(verification).map((line) => html`<li>${line}</li>`)}
        </ul>
        <p>
          Compared were the journal of KMS calls and the logs that the HSMs keep and sign themselves, for all
          keys of this installation: a record that somebody took out of one of them shows in the other.
        </p>
        <h2>The key now</h2>
        ${now === null ? html`<p class="none">Not asked: ${notAsked}.</p>` : keyNow(now)}
        ${now === null || now.cluster === null ? '' : backingKey(now.cluster)} ${events(evidence)}
        <footer>
          The same facts for programs: <code>evidence.json</code>. Record numbers are those of the journal.
        </footer>
      </body>
    </html> `;
  return text.text;
}

const VERDICTS = {
  agree: 'Both trails agree, and their hash chains and signatures are whole.',
  mismatch: 'Something does not agree. See below.',
  undecided: 'Nothing is wrong as far as the logs are here; some are not complete.',
} as const;

function verdict(outcome: keyof typeof VERDICTS): Markup {
  return html`<p class="verdict ${outcome}">${VERDICTS[outcome]}</p>`;
}

const SHOWN = ['KeyState', 'Enabled', 'Description', 'KeySpec', 'KeyUsage', 'Origin', 'CreationDate', 'CustomKeyStoreId', 'CloudHsmClusterId', 'XksKeyId', 'MultiRegion', 'DeletionDate']; // prettier-ignore

function keyNow({ metadata, policy }: KeyEvidence): Markup {
  const external = metadata['XksKeyConfiguration'] as { Id: string } | undefined;
  const shown: Readonly<Record<string, unknown>> = { ...metadata, XksKeyId: external?.Id };
  const rows = SHOWN.filter((name) => (shown[name] ?? '') !== '').map(
    (name) =>
      html`<dt>${name}</dt>
        <dd>${String(shown[name])}</dd>`,
  );
  return html`<dl>${rows}</dl>
    <h3>Policy in force</h3>
    <pre>${indented(policy)}</pre>`;
}

function backingKey(cluster: NonNullable<KeyEvidence['cluster']>): Markup {
  const { clusterId, backingKeyId, check, hsms } = cluster;
  return html`<h2>The backing key in the HSMs</h2>
    <dl>
      <dt>Cluster</dt>
      <dd class="arn">${clusterId}</dd>
      <dt>Backing key</dt>
      <dd class="arn">${backingKeyId}</dd>
      <dt>Check value</dt>
      <dd class="arn">${check}</dd>
    </dl>
    <p>Read from each HSM's PKCS#11 module when this was made.</p>
    ${table(
      ['HSM', 'Zone', 'Handle', 'Same key', 'SENSITIVE', 'EXTRACTABLE', 'Other attributes'],
      hsms.map((hsm) => hsmRow(hsm, check)),
      'The cluster has no HSMs.',
    )}
    <p>
      EXTRACTABLE keys that are WRAP_WITH_TRUSTED leave an HSM only wrapped for an HSM that the crypto officer
      enrolled.
    </p>
    <h3>Certificates</h3>
    ${table(['Of', 'Subject', 'Issuer', 'Valid until', 'SHA-256'], certificateRows(cluster), 'None could be read.')}`;
}

function hsmRow(
  { hsmId, availabilityZone, key, problem }: HsmEvidence,
  check: string | null,
): (Markup | string)[] {
  if (key === null) return [hsmId, availabilityZone, '—', '—', '—', '—', problem ?? ''];
  const { SENSITIVE, EXTRACTABLE, ...others } = key.attributes;
  const rest = Object.entries(others).map(([name, value]) => `${name}=${String(value)}`);
  const same = key.check === check ? 'yes' : 'NO';
  return [
    hsmId,
    availabilityZone,
    key.keyHandle,
    same,
    String(SENSITIVE),
    String(EXTRACTABLE),
    html`<code>${rest.join(' ')}</code>`,
  ];
}

function certificateRows({ trustAnchor, hsms }: NonNullable<KeyEvidence['cluster']>): string[][] {
  const all: [string, string | null][] = [
    ['trust anchor', trustAnchor],
    ...hsms.map((hsm): [string, string | null] => [hsm.hsmId, hsm.certificate]),
  ];
  return all.flatMap(([of, pem]) => {
    if (pem === null) return [];
    const { subject, issuer, validTo, fingerprint256 } = new X509Certificate(pem);
    return [[of, subject.replaceAll('\n', ', '), issuer.replaceAll('\n', ', '), validTo, fingerprint256]];
  });
}

function events({ life, policies, usage }: KeyEvents): Markup {
  return html`<h2>Life</h2>
    ${table(
      ['Time', 'What', 'By', 'With', 'Record'],
      life.map(({ time, eventName, by, parameters, error, record }) => [
        time,
        error === null ? eventName : `${eventName}: ${error}`,
        by,
        html`<code>${parameters === null ? '' : JSON.stringify(withoutPolicy(parameters))}</code>`,
        record,
      ]),
      'The journal has no record of changes.',
    )}
    <h2>Policies over time</h2>
    ${
      policies.length === 0
        ? html`<p class="none">The journal does not say.</p>`
        : policies.map(
            ({ since, by, policy }) =>
              html`<h3>Since ${since}, by ${by}</h3>
                ${policy === null ? html`<p>The default policy: the account's IAM policies decide.</p>` : html`<pre>${indented(policy)}</pre>`}`,
          )
    }
    <h2>Use</h2>
    ${table(
      ['Who', 'Operation', 'Succeeded', 'Failed', 'First', 'Last'],
      usage.map(({ by, eventName, succeeded, failed, first, last }) => [
        by,
        eventName,
        succeeded,
        failed,
        first,
        last,
      ]),
      'The key was not used.',
    )}
    <p>
      Calls that were refused for want of a right name no key in the journal, as in CloudTrail, and are not
      counted here.
    </p>`;
}

function withoutPolicy(parameters: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return 'policy' in parameters ? { ...parameters, policy: 'see below' } : { ...parameters };
}

function indented(policy: string): string {
  try {
    return JSON.stringify(JSON.parse(policy), null, 2);
  } catch {
    return policy;
  }
}
