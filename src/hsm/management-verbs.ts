/**
 * The verbs beside cryptography, as a table: who may call each, in which state, what it does and what the HSM's log says
 * of it. An answer leaves after its log entry is on the disk.
 */
import { HsmErrorCode, HsmVerb } from '../rpc/hsm-messages.ts';
import type { LogText } from '../rpc/hsm-messages.ts';
import { policyParameters, approvedPeer, acceptApproval, requestedPolicy, setQuorum } from './quorum.ts';
import type { Intent } from './quorum.ts';
import { parametersHash } from '../rpc/quorum.ts';
import { openSession } from '../pkcs11/module.ts';
import type { Handle } from '../pkcs11/module.ts';
import { RpcError } from '../rpc/frames.ts';
import { readEpoch, writeEpoch } from './epoch.ts';
import type { Hsm, HsmSession } from './hsm.ts';
import { installCertificate } from './identity.ts';
import * as keys from './keys.ts';
import { asSecurityOfficer, partitionSlot } from './partition.ts';
import type { Partition } from './partition.ts';
import * as peers from './peers.ts';
import { describe, inventory, vitals } from './reports.ts';
import { base64, count, materialId, object, optionalCheck, text } from './requests.ts';
import { change, objectsChanged } from './token-files.ts';
import * as users from './users.ts';
import type { Call, ManagementVerb } from './verb.ts';

const OFFICER_NAMED = { userName: users.OFFICER, userType: 'CRYPTO_OFFICER' } as const;

/** The user that the request names; a request without a name fails in `run`. */
function userNamed(member: string): NonNullable<ManagementVerb['names']> {
  return (request) => ({ userName: String(request[member]).toLowerCase(), userType: 'CRYPTO_USER' });
}

export const MANAGEMENT_VERBS: Readonly<Record<number, ManagementVerb>> = {
  [HsmVerb.Describe]: { who: 'anyone', state: 'any', run: ({ hsm }) => describe(hsm) },

  [HsmVerb.Ping]: { who: 'anyone', state: 'any', run: ({ hsm }) => ({ bootId: hsm.bootId }) },

  [HsmVerb.GetCertificateRequest]: {
    who: 'anyone',
    state: 'UNINITIALIZED',
    run: ({ hsm }) => ({ certificateRequest: hsm.identity.request }),
  },

  [HsmVerb.ModuleReport]: { who: 'anyone', state: 'any', run: ({ hsm }) => hsm.moduleReport },

  [HsmVerb.Vitals]: { who: 'login', run: ({ hsm }) => vitals(hsm) },

  [HsmVerb.Initialize]: {
    who: 'anyone',
    state: 'UNINITIALIZED',
    opcode: 'CN_INIT_TOKEN',
    run({ hsm, request }) {
      const offered = {
        certificate: text(request, 'certificate', 5000),
        trustAnchor: text(request, 'trustAnchor', 5000),
      };
      installCertificate(hsm.identity, hsm.config, offered, hsm.now());
      hsm.useInstalledCertificate();
    },
  },

  [HsmVerb.Activate]: {
    who: 'anyone',
    state: 'INITIALIZED',
    opcode: 'CN_CHANGE_PSWD',
    names: () => OFFICER_NAMED,
    run: ({ hsm, request }) => users.activate(hsm.users, text(request, 'password')),
  },

  [HsmVerb.LoginOfficer]: {
    who: 'anyone',
    opcode: 'CN_LOGIN',
    names: () => OFFICER_NAMED,
    async run({ hsm, session, request }) {
      requireNoLogin(session);
      const password = text(request, 'password');
      await users.loginOfficer(hsm.users, text(request, 'name'), password);
      if (!session.closed) session.officerPin = password;
    },
  },

  [HsmVerb.CreateUser]: {
    who: 'officer',
    opcode: 'CN_CREATE_USER',
    names: userNamed('name'),
    run: ({ hsm, request, officerPin }) =>
      users.createUser(hsm.users, officerPin, text(request, 'name'), text(request, 'password')),
  },

  [HsmVerb.DeleteUser]: {
    who: 'officer',
    opcode: 'CN_DELETE_USER',
    names: userNamed('name'),
    intent: (call) => ofUser('delete-user', call, 'name'),
    run: ({ hsm, request, officerPin }) => users.deleteUser(hsm.users, officerPin, text(request, 'name')),
  },

  [HsmVerb.ListUsers]: {
    who: 'officer',
    run: ({ hsm }) =>
      users.listUsers(
        hsm.users,
        Array.from(hsm.connections).some(({ officerPin }) => officerPin !== undefined),
      ),
  },

  [HsmVerb.SetUserPassword]: {
    who: 'officer',
    opcode: 'CN_CHANGE_PSWD',
    names: userNamed('name'),
    intent: (call) => ofUser('set-user-password', call, 'name'),
    run: ({ hsm, request, officerPin }) =>
      users.setUserPassword(hsm.users, officerPin, text(request, 'name'), text(request, 'password')),
  },

  [HsmVerb.SetOfficerPassword]: {
    who: 'officer',
    opcode: 'CN_CHANGE_PSWD',
    names: () => OFFICER_NAMED,
    async run({ hsm, session, request, officerPin }) {
      const next = text(request, 'password');
      await users.setOfficerPassword(hsm.users, officerPin, next);
      if (session.officerPin !== undefined) session.officerPin = next;
      endOfficerLogins(hsm, session);
    },
  },

  [HsmVerb.EnrolPeer]: {
    who: 'officer',
    opcode: 'CN_CREATE_OBJECT',
    names: userNamed('user'),
    intent: ({ request }) => ({
      action: 'enrol-peers',
      covers: (parameters) =>
        parameters['user'] === text(request, 'user').toLowerCase() &&
        approvedPeer(
          parameters,
          text(object(request, 'peer'), 'hsmId', 63),
          base64(object(request, 'peer'), 'modulus'),
        ),
    }),
    run({ hsm, request, officerPin }) {
      const peer = object(request, 'peer');
      const key = {
        hsmId: text(peer, 'hsmId', 63),
        modulus: base64(peer, 'modulus').toString('base64'),
        publicExponent: base64(peer, 'publicExponent').toString('base64'),
      };
      const partition = users.requireUser(hsm.users, text(request, 'user'));
      inToken(hsm, partition, officerPin, (session) => peers.enrolPeer(hsm.module, session, key));
    },
  },

  [HsmVerb.ListPeers]: {
    who: 'officer',
    run: ({ hsm, request }) =>
      publicView(hsm, users.requireUser(hsm.users, text(request, 'user')), (session) =>
        peers.listPeers(hsm.module, session),
      ),
  },

  [HsmVerb.RemovePeer]: {
    who: 'officer',
    opcode: 'CN_DESTROY_OBJECT',
    names: userNamed('user'),
    intent: ({ request }) => ({
      action: 'remove-peer',
      covers: ({ user, hsmId }) =>
        user === text(request, 'user').toLowerCase() && hsmId === text(request, 'hsmId', 63),
    }),
    run({ hsm, request, officerPin }) {
      const hsmId = text(request, 'hsmId', 63);
      const partition = users.requireUser(hsm.users, text(request, 'user'));
      inToken(hsm, partition, officerPin, (session) => peers.removePeer(hsm.module, session, hsmId));
    },
  },

  [HsmVerb.Inventory]: {
    who: 'officer',
    run: ({ hsm, request }) => inventory(users.requireUser(hsm.users, text(request, 'user'))),
  },

  [HsmVerb.GetQuorum]: { who: 'login', run: ({ hsm }) => hsm.users.state.accounts.quorum ?? null },

  [HsmVerb.SetQuorum]: {
    who: 'officer',
    opcode: 'CN_SET_M_VALUE',
    intent({ request }) {
      const wanted = parametersHash(policyParameters(requestedPolicy(request)));
      return { action: 'set-quorum', covers: (parameters) => parametersHash(parameters) === wanted };
    },
    run: ({ hsm, request }) => setQuorum(hsm.users.state, requestedPolicy(request)),
  },

  [HsmVerb.UseApproval]: {
    who: 'login',
    opcode: 'CN_APPROVE_TOKEN',
    run({ hsm, session, request }) {
      session.granted.push(acceptApproval(hsm.users.state, hsm.config.clusterId, request, hsm.now()));
    },
  },

  [HsmVerb.Drain]: {
    who: 'officer',
    opcode: 'CN_CLOSE_PARTITION_SESSIONS',
    run({ hsm }) {
      hsm.draining = true;
      for (const session of hsm.connections) if (session.partition !== undefined) session.end();
      for (const partition of hsm.users.partitions.values()) users.endAbandoned(partition);
    },
  },

  [HsmVerb.Undrain]: {
    who: 'officer',
    run({ hsm }) {
      hsm.draining = false;
    },
  },

  [HsmVerb.LoginUser]: {
    who: 'anyone',
    opcode: 'CN_LOGIN',
    names: userNamed('name'),
    run({ hsm, session, request }) {
      requireNoLogin(session);
      if (hsm.draining)
        throw new RpcError(HsmErrorCode.draining, 'the HSM is drained: no crypto user logs in');
      const [name, password, owner] = [
        text(request, 'name'),
        text(request, 'password'),
        text(request, 'owner'),
      ];
      session.partition = users.loginUser(hsm.users, session.id, { name, password, owner });
    },
  },

  [HsmVerb.Logout]: {
    who: 'login',
    opcode: 'CN_LOGOUT',
    run({ session }) {
      if (session.partition !== undefined) users.leaveUser(session.partition, session.id);
      session.partition = undefined;
      session.officerPin = undefined;
    },
  },

  [HsmVerb.ChangePassword]: {
    who: 'user',
    opcode: 'CN_CHANGE_PSWD',
    run({ hsm, request, open }) {
      const [current, next] = [text(request, 'oldPassword'), text(request, 'newPassword')];
      users.changePassword(hsm.users, open(), current, next);
    },
  },

  [HsmVerb.GenerateKey]: {
    who: 'user',
    opcode: 'CN_GENERATE_KEY',
    changeKeys: ({ request, open }) => keys.generateKey(open(), materialId(request), text(request, 'label')),
  },

  [HsmVerb.ExportKey]: {
    who: 'user',
    opcode: 'CN_EXTRACT_MASKED_OBJECT_USER',
    intent: ({ request }) => ({
      action: 'export-keys',
      covers: ({ peerHsmId }) => peerHsmId === text(request, 'peerHsmId', 63),
    }),
    run: ({ request, open }) => ({
      wrappedKey: keys
        .exportKey(open(), materialId(request), text(request, 'peerHsmId', 63))
        .toString('base64'),
    }),
  },

  [HsmVerb.ImportKey]: {
    who: 'user',
    opcode: 'CN_INSERT_MASKED_OBJECT_USER',
    changeKeys({ request, open }) {
      const wrapped = base64(request, 'wrappedKey');
      return keys.importKey(
        open(),
        materialId(request),
        text(request, 'label'),
        wrapped,
        optionalCheck(request),
      );
    },
  },

  [HsmVerb.DestroyKey]: {
    who: 'user',
    opcode: 'CN_DESTROY_OBJECT',
    intent: ({ request, open }) => ({
      action: 'destroy-keys',
      covers: ({ user, materialIds }) =>
        user === open().name &&
        Array.isArray(materialIds) &&
        materialIds.includes(text(request, 'materialId')),
    }),
    changeKeys: ({ request, open }) => keys.destroyKey(open(), materialId(request)),
  },

  [HsmVerb.ListKeys]: { who: 'user', run: ({ open }) => keys.listKeys(open().login) },

  [HsmVerb.CheckKey]: {
    who: 'user',
    run: ({ request, open }) => keys.checkKey(open().login, materialId(request)),
  },

  [HsmVerb.KeyAttributes]: {
    who: 'user',
    run: ({ request, open }) => keys.keyAttributes(open().login, materialId(request)),
  },

  [HsmVerb.ForgetKey]: {
    who: 'user',
    run: ({ request, open }) => keys.forgetKey(open().login, materialId(request)),
  },

  [HsmVerb.GetEpoch]: { who: 'user', run: ({ open }) => readEpoch(open()) ?? null },

  [HsmVerb.SetEpoch]: {
    who: 'user',
    opcode: 'CN_MODIFY_OBJECT',
    changeKeys: ({ request, open }) =>
      writeEpoch(open(), {
        clusterId: text(request, 'clusterId', 63),
        hsmId: text(request, 'hsmId', 63),
        incarnation: text(request, 'incarnation', 128),
        counter: count(request, 'counter'),
      }),
  },

  [HsmVerb.GetTransportKey]: {
    who: 'login',
    run({ hsm, session, request }) {
      const name = session.partition?.name ?? text(request, 'user');
      return publicView(hsm, users.requireUser(hsm.users, name), (open) =>
        peers.readTransportKey(hsm.module, open, hsm.config.hsmId),
      );
    },
  },

  [HsmVerb.ReadLog]: {
    who: 'login',
    run: ({ hsm, request }) => hsm.readLog(count(request, 'from'), count(request, 'limit')),
  },

  [HsmVerb.ReadLogText]: {
    who: 'login',
    async run({ hsm, request }): Promise<LogText> {
      const checkpoint = hsm.logSignatures.current();
      const [from, maxBytes] = [count(request, 'from'), count(request, 'maxBytes')];
      return { text: await hsm.readLogText(from, checkpoint.entries, maxBytes), checkpoint };
    },
  },
};

/** An intent whose only parameter is the user that the request names. */
function ofUser(action: Intent['action'], { request }: Call, member: string): Intent {
  return { action, covers: ({ user }) => user === text(request, member).toLowerCase() };
}

function requireNoLogin({ partition, officerPin }: HsmSession): void {
  if (partition !== undefined || officerPin !== undefined) {
    throw new RpcError(HsmErrorCode.wrongState, 'this connection has a login already');
  }
}

/** Whoever logged in with the password of before may not know the new one: that login goes at once, then its connection. */
function endOfficerLogins(hsm: Hsm, except: HsmSession): void {
  const others = [...hsm.connections].filter(
    (session) => session !== except && session.officerPin !== undefined,
  );
  for (const session of others) {
    session.officerPin = undefined;
    session.end();
  }
  for (const { id } of others)
    hsm.log.record({ opcode: 'CN_APP_FINALIZE', session: id, response: 0, ...OFFICER_NAMED });
}

/** The officer's work in a user's token, durable when it returns. */
function inToken(hsm: Hsm, partition: Partition, officerPin: string, work: (session: Handle) => void): void {
  change(hsm.users.state, () => asSecurityOfficer(hsm.module, partition, officerPin, work));
  objectsChanged(partition.serial);
}

/** Reads public objects of a token in a session of its own. */
function publicView<Result>(hsm: Hsm, partition: Partition, read: (session: Handle) => Result): Result {
  const session = openSession(hsm.module, partitionSlot(hsm.module, partition));
  try {
    return read(session);
  } finally {
    hsm.module.calls.C_CloseSession(session);
  }
}
