/** HSM processes and backup images are the parent's work: asked for over IPC, one answer for each request. */
import type { HsmMaker, Member } from '../services/cloudhsm/hsm-host.ts';
import type { FromServer, HsmWork, ToServer } from './parent-messages.ts';

/** An image of ten thousand keys is written in seconds; a machine may be busy. */
const TIMEOUT_MS = 300_000;

export interface ParentHsmMaker {
  maker: HsmMaker;
  /** From now on the parent hears of members: a server that cannot start says nothing before it ends (supervisor/child.ts). */
  begin(): void;
  answered(message: ToServer & { type: 'hsmWorkDone' }): void;
}

export function parentHsmMaker(tell: (message: FromServer) => void): ParentHsmMaker {
  const waiting = new Map<number, (message: ToServer & { type: 'hsmWorkDone' }) => void>();
  let last = 0;
  let begun = false;
  let members: readonly Member[] = [];
  const tellMembers = (): void => {
    if (begun) tell({ type: 'members', members: [...members] });
  };
  const ask = (work: HsmWork): Promise<string> =>
    new Promise((resolve, reject) => {
      last += 1;
      const id = last;
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new Error(`${work.task} took too long`));
      }, TIMEOUT_MS);
      waiting.set(id, ({ error, result = '' }) => {
        clearTimeout(timer);
        waiting.delete(id);
        if (error === undefined) resolve(result);
        else reject(new Error(`${work.task}: ${error}`));
      });
      tell({ type: 'hsmWork', id, work });
    });
  return {
    maker: {
      createHsm: async (hsm) => void (await ask({ task: 'createHsm', hsm })),
      removeHsm: async (hsmId) => void (await ask({ task: 'removeHsm', hsmId })),
      makeImage: (request) => ask({ task: 'makeImage', request }),
      copyImage: (from, to) => ask({ task: 'copyImage', from, to }),
      removeImage: async (image) => void (await ask({ task: 'removeImage', image })),
      members: (now) => {
        members = now;
        tellMembers();
      },
    },
    begin: () => {
      begun = true;
      tellMembers();
    },
    answered: (message) => waiting.get(message.id)?.(message),
  };
}
