/** The text that lies in the recovery kit, for whoever opens the envelope years later. */
export const README = (kitId: string, fingerprint: string): string => `Claviger recovery kit ${kitId}

This kit opens the built-in key store of one Claviger installation when its system HSM, or the host secret of its
machine, is lost. Without it the keys of the built-in key store are lost with them.

  share-1.txt, share-2.txt, share-3.txt
      Three shares of a secret. Any two of them open the recovery key; one alone says nothing about it.
      Give them to three people, or keep them in three places. Then delete them here.
  recovery-key.enc
      The recovery key, encrypted. It needs two shares. Keep copies of it; it is no secret by itself.
  recovery-public.pem
      The public half, which the server uses to seal its keys for this kit.
      SHA-256 of the key (SubjectPublicKeyInfo): ${fingerprint}

Whoever holds two shares, recovery-key.enc and a copy of the data folder can read every key of the built-in store.

To recover, restore the data folder, bring two shares and recovery-key.enc together on the machine, stop Claviger, and
run the recovery command of the version that you use. It makes a new system HSM and seals the domain keys to it.
`;
