/**
 * The operator's part of a first start, each step in a process of its own that ends when it is done, so that no serving
 * process ever reads the operator's folder. Takes one JSON request on standard input, gives one JSON answer on standard output.
 */
import { existsSync, readFileSync } from 'node:fs';
import { connectCryptoProcess } from '../crypto-process/client.ts';
import { proveRecoverySeal } from '../crypto-process/recovery.ts';
import { hardenProcess } from '../native/addon.ts';
import { hostSecretPath } from '../seal/host-secret.ts';
import { createRecoveryKit, readRecoveryKit, recoveryKitPaths } from '../seal/recovery-kit.ts';
import { createCluster } from './cluster.ts';
import { RECOVERY_HSM_ID } from './recovery-hsm.ts';
import type { HsmAddress } from './ceremony.ts';
import { createOperatorFolder } from './folder.ts';
import { makeNodeKeys } from './node.ts';

export type SetupRequest =
  /** `encryptedKey`, `shares`: files of the recovery kit. */
  | {
      step: 'node-keys';
      cryptoDir: string;
      domainKeys: string;
      encryptedKey: string;
      shares: readonly string[];
    }
  /** Makes the recovery kit when there is none. */
  | { step: 'recovery-kit'; operatorDir: string }
  /** Opens the domain keys with the kit once, for real. */
  | { step: 'prove-recovery'; operatorDir: string; cryptoDir: string; cryptoSocket: string }
  /** The first ceremony of a cluster. */
  | { step: 'cluster'; operatorDir: string; clusterId: string; hsms: Omit<HsmAddress, 'clusterId'>[] };

export interface SetupAnswer {
  /** Of `recovery-kit`: path of the public key. */
  recoveryPublicKey?: string;
  /** Of `cluster`. */
  cluster?: {
    trustAnchor: string;
    clusterCertificate: string;
    kmsuserPassword: string;
    recoveryHsmId: string;
  };
}

async function perform(request: SetupRequest): Promise<SetupAnswer> {
  switch (request.step) {
    case 'recovery-kit': {
      await createOperatorFolder(request.operatorDir);
      const paths = recoveryKitPaths(request.operatorDir);
      if (!existsSync(paths.folder)) await createRecoveryKit(request.operatorDir);
      return { recoveryPublicKey: paths.publicKey };
    }
    case 'prove-recovery': {
      const paths = recoveryKitPaths(request.operatorDir);
      const kit = readRecoveryKit(paths.encryptedKey, paths.shares.slice(0, 2));
      const proof = await proveRecoverySeal(request.cryptoDir, kit);
      const client = await connectCryptoProcess(request.cryptoSocket);
      await client.confirmRecovery(proof);
      client.close();
      return {};
    }
    case 'node-keys': {
      const { cryptoDir, domainKeys, encryptedKey, shares } = request;
      await makeNodeKeys({
        ...{ cryptoDir, domainKeys, kit: readRecoveryKit(encryptedKey, shares) },
        hostSecretFile: hostSecretPath(process.env),
        pinFile: process.env['CLAVIGER_SYSTEM_PIN_FILE'] || undefined,
        modulePath: undefined,
      });
      return {};
    }
    case 'cluster': {
      const { operatorDir, clusterId, hsms } = request;
      const created = await createCluster({ operatorDir, clusterId, hsms });
      return {
        cluster: {
          trustAnchor: created.trustAnchorPem,
          clusterCertificate: created.certificates[hsms[0]?.hsmId ?? ''] ?? '',
          kmsuserPassword: created.kmsuserPassword,
          recoveryHsmId: RECOVERY_HSM_ID,
        },
      };
    }
  }
}

hardenProcess();
process.umask(0o077);
const request = JSON.parse(readFileSync(0, 'utf8')) as SetupRequest;
try {
  process.stdout.write(`${JSON.stringify(await perform(request))}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${request.step}: ${(error as Error).stack ?? String(error)}\n`);
  process.exit(1);
}
