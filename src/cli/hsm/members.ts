/** `claviger hsm enrol`, `remove`, `replace` and `drain`: which HSMs are of the cluster, and which serve. */
import { writeFile, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { CeremonyStopped, drainHsm, enrolHsm, removeHsm } from '../../operator/enrol.ts';
import { appendDurably, operatorFolder } from '../../operator/folder.ts';
import type { HsmReport } from '../../operator/every-hsm.ts';
import { officerPassword, openContext, readApprovals, withApproval, withCluster } from './options.ts';
import type { ClusterOptions } from './options.ts';
import { printReports, say } from './output.ts';
import { confirmFingerprint, readSecret } from './secrets.ts';

interface EnrolOptions extends ClusterOptions {
  approval?: string[];
  certificate?: string;
  request?: string;
  fingerprint?: string[];
  userPasswordFile?: string;
}

export function enrolCommand(): Command {
  return enrolOptions(new Command('enrol'))
    .description('take a new or replaced HSM into the cluster, comparing fingerprints')
    .argument('<hsm id>', 'an HSM of the connection data')
    .action(async (hsmId: string, options: EnrolOptions) =>
      printReports(await enrol(hsmId, options), options.json),
    );
}

export function replaceCommand(): Command {
  return enrolOptions(new Command('replace'))
    .description('enrol a new HSM, and once that is done everywhere remove the old one')
    .argument('<old hsm id>')
    .argument('<new hsm id>')
    .action(async (oldId: string, newId: string, options: EnrolOptions) => {
      const enrolled = await enrol(newId, options, oldId);
      if (enrolled.some(({ outcome }) => outcome === 'failed')) {
        printReports(enrolled, options.json);
        say(`${oldId} was not removed.`);
        return;
      }
      say(`${newId} is enrolled.`);
      printReports(await remove(oldId, options), options.json);
    });
}

export function removeCommand(): Command {
  return withApproval(withCluster(new Command('remove')))
    .description('keys are copied to this HSM no more: the others forget its transport key')
    .argument('<hsm id>', 'it may be gone already')
    .action(async (hsmId: string, options: EnrolOptions) =>
      printReports(await remove(hsmId, options), options.json),
    );
}

export function drainCommand(): Command {
  return withCluster(new Command('drain'))
    .description('end the logins of crypto users on an HSM and let no new one in, for maintenance')
    .argument('<hsm id>')
    .option('--back', 'take it back into service')
    .option('--force', 'although no other HSM serves with the same keys')
    .action(async (hsmId: string, options: ClusterOptions & { back?: boolean; force?: boolean }) => {
      const context = await openContext(options);
      const officer = await officerPassword(options, context);
      const { back = false, force = false } = options;
      printReports(await drainHsm(context.cluster, officer, hsmId, { back, force }), options.json);
    });
}

function enrolOptions(command: Command): Command {
  const list = (value: string, before: string[] = []): string[] => [...before, value];
  return withApproval(withCluster(command))
    .option('--certificate <file>', "certificate of the HSM, where the operator's CA is elsewhere (PEM)")
    .option('--request <file>', 'write the certificate request here, where a CA elsewhere must sign it')
    .option('--fingerprint <hex>', 'expected fingerprint, instead of a question; give all that come', list)
    .option('--user-password-file <file>', 'password of kmsuser on the new HSM (default: a random one)');
}

async function enrol(hsmId: string, options: EnrolOptions, without?: string): Promise<HsmReport[]> {
  const context = await openContext(options);
  const { operatorDir } = context;
  const hsms = context.cluster.hsms.filter((hsm) => hsm.hsmId !== without);
  const transcript: string[] = [];
  const note = (line: string): void => {
    say(line);
    transcript.push(`${new Date().toISOString()} enrol: ${line}`);
  };
  const { certificate, userPasswordFile } = options;
  try {
    return await enrolHsm(
      { ...context.cluster, hsms },
      {
        hsmId,
        officerPassword: await officerPassword(options, context),
        operatorDir,
        certificate: certificate === undefined ? undefined : await readFile(resolve(certificate), 'utf8'),
        userPassword:
          userPasswordFile === undefined
            ? undefined
            : await readSecret({ what: 'Password of kmsuser', file: userPasswordFile, variable: '' }),
        approvals: await readApprovals(options.approval),
        confirm: (what, fingerprint) => confirmFingerprint(options.fingerprint ?? [], what, fingerprint),
        note,
      },
    );
  } catch (error) {
    if (error instanceof CeremonyStopped && error.request !== undefined) {
      if (options.request === undefined) process.stdout.write(error.request);
      else await writeFile(resolve(options.request), error.request);
    }
    throw error;
  } finally {
    if (operatorDir !== undefined && transcript.length > 0)
      await appendDurably(operatorFolder(operatorDir).transcript, transcript);
  }
}

async function remove(hsmId: string, options: EnrolOptions): Promise<HsmReport[]> {
  const context = await openContext(options);
  const officer = await officerPassword(options, context);
  return removeHsm(context.cluster, officer, hsmId, await readApprovals(options.approval));
}
