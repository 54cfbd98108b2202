/** Puts the server together from its parts: database, key stores, audit trail, KMS. The only place that knows them all. */
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Refusal } from '../admission/compartments.ts';
import { Gate } from '../admission/gate.ts';
import { attestationVerifier, readTrustRoots } from '../attestation/verifier.ts';
import { openJournal } from '../audit/journal.ts';
import { AuditTrail } from '../audit/trail.ts';
import type { Outbox } from '../audit/trail.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { abandonUnfinishedCreations } from '../jobs/creation-sweeper.ts';
import { outboxSweep } from '../jobs/outbox-sweep.ts';
import { BuiltinKeyStore } from '../keystores/builtin/builtin-key-store.ts';
import type { ClusterPorts } from '../keystores/hsm-cluster/hsm-cluster.ts';
import type { Logger } from '../logging/logger.ts';
import { createAccessControl } from '../access/access-control.ts';
import { createAuthorizationMessages } from '../access/authorization-message.ts';
import { lockFile } from '../native/addon.ts';
import { ChangeFeed } from '../nodes/change-feed.ts';
import { nodeName, writerIdOf } from '../nodes/identity.ts';
import type { ProcessIdentity } from '../nodes/identity.ts';
import { Lease } from '../nodes/lease.ts';
import { RequestMeter } from '../metering/meter.ts';
import { Clusters } from '../services/cloudhsm/clusters.ts';
import type { HsmHost } from '../services/cloudhsm/hsm-host.ts';
import type { CloudHsm } from '../services/cloudhsm/operation.ts';
import { subnetsExist } from '../services/cloudhsm/cluster-rules.ts';
import { Compartments } from '../services/kms/compartments.ts';
import { CustomKeyStores } from '../services/kms/custom-key-stores.ts';
import type { SecretSeal } from '../services/kms/custom-key-stores.ts';
import { ExternalStores } from '../services/kms/external-stores.ts';
import type { ExternalStorePorts } from '../services/kms/external-stores.ts';
import { Grants } from '../services/kms/grants.ts';
import { KeyCatalog } from '../services/kms/key-catalog.ts';
import type { Kms } from '../services/kms/kms.ts';
import { LastUsages } from '../services/kms/last-usage.ts';
import { KeyQuota } from '../services/kms/key-quota.ts';
import { QuotaExchange } from '../services/kms/quota-exchange.ts';
import { RequestQuotas } from '../services/kms/request-quotas.ts';
import { installationValue, setInstallationValue } from '../storage/accounts.ts';
import type { Database } from '../storage/store.ts';
import { listOutbox, removeOutboxEvents } from '../storage/outbox.ts';
import { createRowMac } from '../storage/row-mac.ts';
import { createAccount } from '../services/iam/accounts.ts';
import { openDatabase, requireDatabaseFile } from '../storage/open.ts';
import { createFollower } from './following.ts';
import { staleness } from './freshness.ts';
import { createServices } from './services.ts';
import type { Services } from './services.ts';
import { assembleTrails } from './trails.ts';
import type { Trails } from './trails.ts';
import { loadIdentities } from './identities.ts';
import type { Identities } from './identities.ts';
import { createHsmTrails } from './hsm-trails.ts';
import type { HsmTrails } from './hsm-trails.ts';
import { HsmFigures } from '../metrics/hsm-figures.ts';
import { assembleClaviger } from './claviger.ts';

export interface AssemblyOptions {
  dataDir: string;
  /** The installation is not new: an empty database is not its own. */
  established?: boolean | undefined;
  /** The account that a new installation begins with; random when undefined. */
  accountId: string | undefined;
  /** The Regions that are served, the home Region first. */
  regions: readonly string[];
  configuration: Configuration;
  logger: Logger;
  clock: () => number;
  /** Where the crypto process listens now. */
  cryptoSocket: () => string;
  hsmHost: HsmHost;
  /** The crypto process runs and does not answer: it is to be started anew. */
  cryptoHangs?: (() => void) | undefined;
  /** Which of the node's processes this is; the only one when undefined. */
  worker?: { worker: number; workers: number } | undefined;
  /** The second copy of escrow; best on another disk. `<data>/escrow/keys.jsonl` when undefined. */
  escrowFile?: string | undefined;
  /** For the metrics: told of calls that a compartment had no room for. */
  refused?: ((reason: Refusal) => void) | undefined;
  /** For the metrics. */
  hsmPerformed?: ClusterPorts['performed'];
  /** For the metrics. */
  proxyAsked?: ExternalStorePorts['observed'] | undefined;
}

export interface Assembly {
  kms: Kms;
  cloudhsm: CloudHsm;
  /** Where requests wait for their turn. */
  gate: Gate;
  /** What the router serves. */
  services: Services;
  /** Copies and proofs of the audit trail. */
  trails: Trails;
  clusters: Clusters;
  hsmTrails: HsmTrails;
  identities: Identities;
  process: ProcessIdentity;
  /** For how long nothing has been known of changes that others made, seconds. */
  changesAge(): number;
  /** What must be done once in the installation. */
  duty: Lease;
  /** How often the proxies of external key stores are asked for their health. */
  proxyHealthMs: number;
  /** With the other processes; undefined where there are none, or no quotas. */
  quotaExchange: QuotaExchange | undefined;
  /** Why this process should get no calls now. */
  obstacles(): string[];
  /** Brings into the journal what stayed in the outbox; returns how much it was. */
  sweepOutbox: () => Promise<number>;
  /** Makes an account with an access key of its root user. */
  createAccount(name: string | null): ReturnType<typeof createAccount>;
  /** Takes up connections and unfinished work. Call it once the HSMs' endpoints are known. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

/** Random id of this database's life. */
async function incarnationOf(db: Database): Promise<string> {
  const known = await installationValue(db, 'incarnation');
  if (known !== undefined) return known;
  const incarnation = randomUUID();
  await setInstallationValue(db, 'incarnation', incarnation);
  return incarnation;
}

/** Events of other processes are not taken over at a start: they may be on their way into their own journals. */
const NEVER_ABANDONED = 0;

/** Secrets of key stores as the database has them. @param purpose what is sealed for one opens for no other */
function secretSeal(builtin: BuiltinKeyStore, purpose: string): SecretSeal {
  return {
    seal: (id, secret) => builtin.seal(purpose, id, Buffer.from(secret)),
    unseal: async (id, sealed) => (await builtin.unseal(purpose, id, sealed)).toString(),
  };
}

export async function assemble(options: AssemblyOptions): Promise<Assembly> {
  const { dataDir, logger, clock, configuration, established = false } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const builtin = new BuiltinKeyStore(options.cryptoSocket);
  const rowKey = await builtin.rowKey();
  const mac = createRowMac(rowKey);
  const identity = { node: nodeName(dataDir), ...(options.worker ?? { worker: 1, workers: 1 }) };
  const alone = identity.workers === 1 && configuration.server.nodes === 'one';
  const writerId = writerIdOf(identity.node, identity.worker);
  const lock = lockFile(join(dataDir, `${writerId}.lock`)); // who has its name must be the only one
  const databaseFile = join(dataDir, 'claviger.db');
  if (established) requireDatabaseFile(configuration.database, databaseFile);
  const database = await openDatabase(configuration.database, databaseFile, (available, error) => {
    logger[available ? 'info' : 'error'](
      { err: error },
      `the database is ${available ? 'available again' : 'not available'}`,
    );
  });
  const { db } = database;
  const { database: engine } = configuration;
  const statementMs = engine.engine === 'postgres' ? engine.timeoutSeconds * 1000 : undefined;
  const feed = await ChangeFeed.open(db, logger.child({ component: 'change-feed' }), statementMs);
  const duty = new Lease({
    ...{ db, name: 'duties', holder: writerId },
    logger: logger.child({ component: 'lease' }),
  });
  if (identity.worker === 1) await duty.start();
  const { accountId } = options;
  const identities = await loadIdentities({ db, mac, builtin, clock, accountId, established });

  const journalDir = join(dataDir, 'audit');
  const journal = await openJournal({
    dir: journalDir,
    writerId,
    onAvailability: (available, error) => {
      logger[available ? 'info' : 'error'](
        { err: error },
        `the audit journal is ${available ? '' : 'not '}available`,
      );
      // changes that were committed while nothing could be written
      if (available)
        audit
          .replay()
          .catch((failure: unknown) => logger.error({ err: failure }, 'the outbox could not be replayed'));
    },
  });
  const outbox: Outbox = {
    list: () => listOutbox(db, writerId, NEVER_ABANDONED),
    remove: (eventIds) => removeOutboxEvents(db, eventIds),
  };
  const audit = new AuditTrail(journal, outbox);
  await audit.replay();

  const passwords = secretSeal(builtin, 'kmsuser-password');
  const figures = new HsmFigures(clock);
  const clusters = new Clusters(
    {
      db,
      mac,
      logger: logger.child({ component: 'hsm-cluster' }),
      clock,
      incarnation: await incarnationOf(db),
      escrowFile: options.escrowFile ?? join(dataDir, 'escrow', 'keys.jsonl'),
      performed: (hsm, outcome, milliseconds) => {
        figures.performed(hsm, outcome, milliseconds);
        options.hsmPerformed?.(hsm, outcome, milliseconds);
      },
      loginPausesFile: join(dataDir, 'login-pauses.json'),
      rowsSealedMark: join(dataDir, 'rows-sealed'),
      onDuty: () => duty.held,
    },
    options.hsmHost,
    configuration.cloudhsm.remoteHsms,
  );
  await clusters.load();
  const customKeyStores = new CustomKeyStores({
    ...{ db, mac, logger, clusters, passwords, duty },
    external: new ExternalStores({
      settings: configuration.externalKeyStores,
      builtin,
      secrets: secretSeal(builtin, 'xks-proxy-secret'),
      logger: logger.child({ component: 'external-key-stores' }),
      observed: options.proxyAsked ?? (() => undefined),
    }),
    subnetsExist: (clusterId) => subnetsExist(clusterId, clusters, configuration.cloudhsm),
  });

  const grants = new Grants({ db, mac, directory: identities.principals });
  const lastUsages = await LastUsages.open({
    ...{ db, clock, journalDir, writerId },
    position: () => journal.position.seq,
  });

  const messages = createAuthorizationMessages(rowKey);
  const access = createAccessControl({
    directory: identities.principals,
    grantsOf: (keyArn) => grants.of(keyArn),
    clock,
    messages,
  });
  const { inFlight, waitMilliseconds: waitMs } = configuration.admission;
  const gate = new Gate({ inFlight, waitMs });
  const compartments = new Compartments(configuration.admission, {
    gate,
    refused: (reason) => options.refused?.(reason),
    now: () => performance.now(),
  });
  const ports = { db, audit, access, clock, logger, refresh: () => feed.catchUp() };
  const hsmTrails = createHsmTrails({
    ...{ db, audit, clusters, customKeyStores, dataDir, logger, clock },
    settings: configuration.reconciliation,
  });
  const trails = await assembleTrails({
    ...{ ...options, ...ports, mac, builtin },
    ...{ writerId, identity },
    comparedFrom: () => hsmTrails.comparison.neededFrom,
  });
  const quotas = new RequestQuotas(configuration.requestQuotas, () => performance.now());
  const kms: Kms = {
    ...ports,
    mac,
    catalog: new KeyCatalog(db, mac, grants),
    grants,
    lastUsages,
    keyQuota: new KeyQuota(db, configuration.limits.keys, clock),
    quotas,
    directory: identities.principals,
    clusters,
    passwords,
    customKeyStores,
    builtin,
    limits: configuration.limits,
    verifyAttestation: attestationVerifier(
      readTrustRoots(configuration.attestation.roots),
      configuration.attestation.maximumAgeSeconds * 1000,
    ),
    meter: new RequestMeter(),
    cutOffCreations: new Set(),
    regions: options.regions,
    compartments,
    keyStoreOf: (key) =>
      compartments.store(key.customKeyStoreId === null ? builtin : customKeyStores.storeOf(key)),
  };
  const claviger = assembleClaviger({ kms, dataDir, configuration, figures, hsmTrails });
  const { principals, secrets } = identities;
  const cloudhsm: CloudHsm = {
    ...ports,
    mac,
    clusters,
    settings: configuration.cloudhsm,
    regions: options.regions,
  };
  const takeDuty = (): void => {
    clusters.takeDuty();
    customKeyStores.pursueAll();
  };
  return {
    kms,
    cloudhsm,
    gate,
    process: identity,
    changesAge: () => (alone ? 0 : feed.ageMs / 1000),
    duty,
    proxyHealthMs: configuration.externalKeyStores.healthSeconds * 1000,
    quotaExchange:
      alone || !configuration.requestQuotas.enforced
        ? undefined
        : new QuotaExchange(db, `${writerId} ${randomUUID()}`, quotas),
    obstacles: () =>
      [audit.obstacle, builtin.obstacle, database.obstacle() ?? staleness({ feed, alone })].filter(
        (obstacle) => obstacle !== undefined,
      ),
    services: createServices({
      ...{ kms, cloudhsm, identities, configuration, messages, feed, gate, alone },
      cloudtrail: trails.service,
      claviger: claviger.service,
    }),
    trails,
    clusters,
    hsmTrails,
    identities,
    sweepOutbox: outboxSweep(outbox, journal),
    createAccount: (name) =>
      createAccount(
        { db, mac, secrets, principals, clock },
        { accountId: undefined, name },
        { trail: audit, region: options.regions[0] ?? '' },
      ),
    resume: async () => {
      void builtin.watch(options.cryptoHangs ?? (() => undefined));
      await abandonUnfinishedCreations(kms);
      await customKeyStores.load();
      duty.onTaken(takeDuty);
      // who is alone has made every change itself, and need not drop from memory what it knows; but of a commit over a
      // connection that broke, nobody heard whether it was made, or when
      if (!alone || configuration.database.engine === 'postgres')
        feed.follow(createFollower(kms, { db, mac, secrets, principals }));
    },
    close: async () => {
      clusters.stop();
      customKeyStores.external.close();
      await lastUsages.flush().catch((error: unknown) => {
        logger.error(
          { err: error },
          'last uses were not written down; the next start reads them in the journal',
        );
      });
      await claviger.close();
      await hsmTrails.close();
      await identities.lastUses.flush();
      await audit.close();
      await trails.close();
      await feed.stop();
      await duty.stop().catch((error: unknown) => logger.warn({ err: error }, 'a lease was not given back'));
      await database.close();
      await builtin.close();
      closeSync(lock);
    },
  };
}
