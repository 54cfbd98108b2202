/**
 * Known families of PKCS#11 modules: what they need to be told at C_Initialize, and what an operator should know of them.
 * What a module can do is never taken from here: it is probed (probe.ts). An unknown module is used as the standard says.
 */
export interface ModuleProfile {
  family: string;
  /** Matches the module's file name. */
  file: RegExp;
  /** NSS's own argument of C_Initialize (CK_C_INITIALIZE_ARGS.LibraryParameters); paths in it are relative to the HSM's folder. */
  parameters?: string;
  /** Everybody who asks for the function list gets an instance with sessions of its own: it must be asked once. */
  instancePerCaller?: true;
  /** Plain words for the operator. */
  notes: readonly string[];
}

export const MODULE_PROFILES: readonly ModuleProfile[] = [
  {
    family: 'SoftHSM 2',
    file: /^libsofthsm2\.so/,
    notes: [
      'Software: whoever is root on its host, or has token files and a password, has the keys.',
      'Its files are made durable and checked by the HSM process (decision 0006).',
    ],
  },
  {
    family: 'NSS softoken',
    file: /^libsoftokn3\.so/,
    parameters: "configdir='sql:./tokens' certPrefix='' keyPrefix='' secmod='' flags=noRootInit",
    notes: [
      'Software without a security officer: once a user PIN is set, nobody can make trusted peers or set a lost password.',
      'Tried as an example of a module that is not enough: no crypto user can be created on it.',
    ],
  },
  {
    family: 'p11-kit proxy',
    file: /^(libp11-kit\.so|p11-kit-proxy\.so)/,
    instancePerCaller: true,
    notes: [
      'Shows the tokens of all modules that p11-kit is configured with on this host: choose one by slot or label.',
    ],
  },
  {
    family: 'p11-kit client',
    file: /^p11-kit-client\.so/,
    instancePerCaller: true,
    notes: [
      'Carries calls to a module on another host or in another process. Version 0.24 carries no AES-GCM parameters.',
    ],
  },
  {
    family: 'openCryptoki',
    file: /^(libopencryptoki|PKCS11_API)\.so/,
    notes: [
      "Set each token's SO PIN to the crypto officer's password first: C_InitToken asks for the present one.",
    ],
  },
];

/** The family of a module by its file name. @param path of the shared library */
export function moduleProfile(path: string): ModuleProfile | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return MODULE_PROFILES.find(({ file }) => file.test(name));
}
