/** `claviger hsm quorum`: several persons must agree. Off until `init`. */
import { readFile, writeFile } from 'node:fs/promises';
import { generateKeyPairSync } from 'node:crypto';
import { resolve } from 'node:path';
import { Command } from 'commander';
import {
  approverKey,
  orderedPolicy,
  quorumOfEach,
  readApproval,
  requestApproval,
  setQuorumEverywhere,
  signApproval,
} from '../../operator/quorum.ts';
import { QUORUM_ACTIONS, LONGEST_APPROVAL_S, parametersHash, policyFault } from '../../rpc/quorum.ts';
import type {
  ActionParameters,
  Approval,
  ParameterValue,
  QuorumAction,
  QuorumPolicy,
} from '../../rpc/quorum.ts';
import { officerPassword, openContext, readApprovals, withApproval, withCluster } from './options.ts';
import type { ClusterOptions } from './options.ts';
import { printReports, say } from './output.ts';
import { confirm, readSecret } from './secrets.ts';

const list = (value: string, before: string[] = []): string[] => [...before, value];
const DEFAULT_ACTIONS: readonly QuorumAction[] = ['delete-user', 'enrol-peers', 'remove-peer'];

interface PolicyOptions extends ClusterOptions {
  threshold: string;
  approver: string[];
  action?: string[];
  approval?: string[];
}

export function quorumCommand(): Command {
  const actions = Object.entries(QUORUM_ACTIONS).map(([name, what]) => `  ${name.padEnd(18)} ${what}`);
  const quorum = new Command('quorum')
    .description('M of N approvers must sign what the HSMs then do')
    .addHelpText('after', `\nActions:\n${actions.join('\n')}`);
  quorum.addCommand(
    new Command('keygen')
      .description("make an approver's key pair, on the approver's own machine")
      .argument('<name>', 'files <name>.key and <name>.pub are written')
      .option('--passphrase-file <file>', 'passphrase of the private key (else asked for)')
      .action(keygen),
  );
  quorum.addCommand(
    policyOptions(withApproval(withCluster(new Command('init'))))
      .description('put a quorum into force on all HSMs, or change the one in force')
      .action(init),
  );
  quorum.addCommand(withCluster(new Command('status')).description('the quorum of each HSM').action(status));
  quorum.addCommand(
    policyOptions(withCluster(new Command('request')), false)
      .description('write what approvers are to sign')
      .argument('<action>')
      .argument('[parameters...]', 'such as user=kmsuser hsmId=hsm-1 peer=hsm-1:<fingerprint>')
      .requiredOption('--out <file>', 'the request')
      .option('--minutes <n>', 'how long the approval will be good', '60')
      .action(request),
  );
  quorum.addCommand(
    new Command('approve')
      .description('sign a request, as an approver')
      .argument('<file>', 'the request; the signature is added to it')
      .requiredOption('--name <name>', 'as registered')
      .requiredOption('--key <file>', 'private key (Ed25519, PKCS #8 PEM)')
      .option('--passphrase-file <file>', 'passphrase of the key, where it has one')
      .option('--yes', 'without a question')
      .action(approve),
  );
  return quorum;
}

function policyOptions(command: Command, required = true): Command {
  const options = command
    .option('--action <name>', `what needs approval (default: ${DEFAULT_ACTIONS.join(', ')})`, list)
    .option('--threshold <m>', 'how many approvers must sign', '2');
  const approver = ['--approver <name=file>', 'an approver with the public key (PEM)', list] as const;
  return required ? options.requiredOption(...approver) : options.option(...approver);
}

async function keygen(name: string, options: { passphraseFile?: string }): Promise<void> {
  const passphrase = await readSecret({
    what: 'Passphrase of the new key',
    file: options.passphraseFile,
    variable: 'CLAVIGER_APPROVER_PASSPHRASE',
    fresh: true,
  });
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = { type: 'pkcs8', format: 'pem' } as const;
  const encrypted = privateKey.export({ ...pem, cipher: 'aes-256-cbc', passphrase });
  await writeFile(`${name}.key`, encrypted, { mode: 0o600, flag: 'wx' });
  await writeFile(`${name}.pub`, publicKey.export({ type: 'spki', format: 'pem' }), { flag: 'wx' });
  say(`${name}.key is secret and stays with the approver; ${name}.pub is registered on the HSMs.`);
}

async function policyOf(options: PolicyOptions): Promise<QuorumPolicy> {
  const approvers: Record<string, string> = {};
  for (const approver of options.approver ?? []) {
    const [, name = '', file = ''] = /^([^=]+)=(.+)$/.exec(approver) ?? [];
    if (file === '') throw new Error(`'${approver}': --approver takes <name>=<file>`);
    approvers[name] = approverKey(await readFile(resolve(file), 'utf8'));
  }
  const actions = (options.action ?? [...DEFAULT_ACTIONS]) as QuorumAction[];
  const policy = orderedPolicy({ threshold: Number(options.threshold), approvers, actions });
  const fault = policyFault(policy);
  if (fault !== undefined) throw new Error(fault);
  return policy;
}

async function init(options: PolicyOptions): Promise<void> {
  const context = await openContext(options);
  const policy = await policyOf(options);
  const officer = await officerPassword(options, context);
  const approvals = await readApprovals(options.approval);
  printReports(await setQuorumEverywhere(context.cluster, officer, policy, approvals), options.json);
}

async function status(options: ClusterOptions): Promise<void> {
  const context = await openContext(options);
  printReports(await quorumOfEach(context.cluster, await officerPassword(options, context)), options.json);
}

async function request(
  action: string,
  words: string[],
  options: PolicyOptions & { out: string; minutes: string },
): Promise<void> {
  if (!Object.hasOwn(QUORUM_ACTIONS, action))
    throw new Error(`'${action}' is none of ${Object.keys(QUORUM_ACTIONS).join(', ')}`);
  const { cluster } = await openContext(options);
  const parameters =
    action === 'set-quorum' ? { ...(await policyOf(options)) } : parametersOf(action as QuorumAction, words);
  const lifetime = Math.min(Number(options.minutes) * 60, LONGEST_APPROVAL_S);
  const { clusterId } = cluster;
  const made = requestApproval(clusterId, action as QuorumAction, parameters, lifetime, new Date());
  await writeApproval(options.out, made);
  say(`${options.out}: ${describe(made)}`);
}

/** Which parameters an action takes, and whether each may come more than once. */
const PARAMETERS: Readonly<Record<QuorumAction, Readonly<Record<string, 'one' | 'list' | 'map'>>>> = {
  'enrol-peers': { user: 'one', peer: 'map' },
  'remove-peer': { user: 'one', hsmId: 'one' },
  'delete-user': { user: 'one' },
  'set-user-password': { user: 'one' },
  'export-keys': { peerHsmId: 'one' },
  'destroy-keys': { user: 'one', materialId: 'list' },
  'set-quorum': {},
};

const PEER = /^([^:]+):([0-9a-f]{64})$/i;

function parametersOf(action: QuorumAction, words: readonly string[]): ActionParameters {
  const wanted = PARAMETERS[action];
  const values = new Map(Object.keys(wanted).map((name) => [name, [] as string[]]));
  for (const word of words) {
    const [, name = '', value = ''] = /^(\w+)=(.+)$/.exec(word) ?? [];
    const known = values.get(name);
    if (known === undefined)
      throw new Error(`'${word}': ${action} takes ${Object.keys(wanted).join('=… ')}=…`);
    known.push(value);
  }
  const entries = Object.entries(wanted).map(([name, form]): [string, ParameterValue] => {
    const given = values.get(name) ?? [];
    if (given.length === 0 || (form === 'one' && given.length > 1))
      throw new Error(`${action} takes ${name}=… ${form === 'one' ? 'once' : 'once or more'}`);
    if (form === 'one') return [name, name === 'user' ? String(given[0]).toLowerCase() : String(given[0])];
    if (form === 'list') return [`${name}s`, given];
    const pairs = given.map((pair) => {
      const [, hsmId = '', fingerprint = ''] = PEER.exec(pair) ?? [];
      if (fingerprint === '')
        throw new Error(`'${pair}': ${action} takes ${name}=<hsm id>:<fingerprint>, 64 hex digits`);
      return [hsmId, fingerprint.toLowerCase()] as const;
    });
    return [`${name}s`, Object.fromEntries(pairs)];
  });
  return Object.fromEntries(entries);
}

async function approve(
  file: string,
  options: { name: string; key: string; passphraseFile?: string; yes?: boolean },
): Promise<void> {
  const approval = await readApproval(resolve(file));
  say(describe(approval));
  if (options.yes !== true && !(await confirm('Approve this?'))) throw new Error('nothing was signed');
  const pem = await readFile(resolve(options.key), 'utf8');
  const passphrase = pem.includes('ENCRYPTED')
    ? await readSecret({
        what: 'Passphrase',
        file: options.passphraseFile,
        variable: 'CLAVIGER_APPROVER_PASSPHRASE',
      })
    : undefined;
  const signed = signApproval(approval, options.name, pem, passphrase);
  await writeApproval(file, signed);
  say(`Signed: ${Object.keys(signed.signatures).join(', ')}.`);
}

function writeApproval(file: string, approval: Approval): Promise<void> {
  return writeFile(resolve(file), `${JSON.stringify(approval, null, 2)}\n`, { mode: 0o600 });
}

/** What is signed, for the eyes of who signs it. */
function describe({ clusterId, action, parameters, expires, nonce }: Approval): string {
  const lines = Object.entries(parameters).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`);
  return [
    `${action} on ${clusterId}: ${QUORUM_ACTIONS[action]}`,
    ...lines,
    `  good until ${new Date(expires * 1000).toISOString()}, nonce ${nonce}`,
    `  parameters' SHA-256 ${parametersHash(parameters)}`,
  ].join('\n');
}
