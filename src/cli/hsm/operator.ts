/** `claviger hsm init-operator`: the operator's folder of a cluster that `claviger start` did not make. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { createOperatorCa } from '../../operator/ca.ts';
import { operatorFolder } from '../../operator/folder.ts';
import { createRecoveryHsm } from '../../operator/recovery-hsm.ts';

export function initOperatorCommand(): Command {
  return new Command('init-operator')
    .description("make the operator's folder: the CA of the HSMs, and the recovery HSM for escrow")
    .requiredOption('--operator <folder>', 'the folder; what is there already is left alone')
    .option('--module <file>', 'PKCS#11 module of the recovery HSM (default: SoftHSM)')
    .action(async ({ operator, module }: { operator: string; module?: string }) => {
      const dir = resolve(operator);
      await createOperatorCa(dir);
      await createRecoveryHsm(dir, module);
      process.stdout.write(`The trust anchor of the HSMs is ${operatorFolder(dir).caCertificate}\n`);
    });
}
