/**
 * What docs/scaling.md claims, simulated: how well the memories of several nodes serve many keys, and how evenly accounts spread, when requests
 * go to any node or each account has its own. `node --import tsx bench/scaling.ts`; takes half a minute.
 */
import { createHash } from 'node:crypto';
import { Generations } from '../src/services/kms/generations.ts';

const KEYS = [100_000, 1_000_000, 10_000_000];
const NODES = [1, 2, 4, 8];
const KEYS_PER_ACCOUNT = 1_000;
const REQUESTS = 2_000_000;
/** As the catalog of a node keeps (services/kms/key-catalog.ts). */
const REMEMBERED = 50_000;
/** CPU of a request whose key is in memory, and of one whose key is read first; measured (docs/performance.md). */
const KNOWN_US = 150;
const READ_US = 550;

/** Zipf's law with exponent 1, by its continuous form: few keys have most of the uses. */
function popular(count: number): number {
  return Math.min(count - 1, Math.floor(count ** Math.random()) - 1);
}

/** Popular keys are spread over accounts as chance has it. */
function nodeOfAccount(key: number, accounts: number, nodes: number): number {
  const account = (key * 2_654_435_761) % accounts;
  return createHash('sha256').update(String(account)).digest().readUInt32BE() % nodes;
}

interface Outcome {
  known: number;
  busiest: number;
}

function simulate(keys: number, nodes: number, byAccount: boolean): Outcome {
  const memories = Array.from({ length: nodes }, () => new Generations<true>(REMEMBERED));
  const loads = new Array<number>(nodes).fill(0);
  const accounts = Math.max(1, keys / KEYS_PER_ACCOUNT);
  const places = new Map<number, number>();
  let known = 0;
  for (let n = 0; n < REQUESTS; n += 1) {
    const key = popular(keys);
    let node = n % nodes;
    if (byAccount) {
      node = places.get(key) ?? nodeOfAccount(key, accounts, nodes);
      places.set(key, node);
    }
    loads[node] = (loads[node] ?? 0) + 1;
    const memory = memories[node] as Generations<true>;
    const name = String(key);
    if (memory.get(name) === true)
      known += n >= REQUESTS / 2 ? 1 : 0; // the first half fills the memories
    else memory.set(name, true);
  }
  return { known: known / (REQUESTS / 2), busiest: Math.max(...loads) / (REQUESTS / nodes) };
}

console.log('keys | nodes | requests go to | key in memory | busiest node to mean | relative throughput');
for (const keys of KEYS) {
  const one = simulate(keys, 1, false);
  const cost = ({ known }: Outcome): number => known * KNOWN_US + (1 - known) * READ_US;
  for (const nodes of NODES) {
    for (const byAccount of nodes === 1 ? [false] : [false, true]) {
      const outcome = simulate(keys, nodes, byAccount);
      const throughput = ((nodes / outcome.busiest) * cost(one)) / cost(outcome);
      const cells = [
        keys.toLocaleString('en'),
        nodes,
        byAccount ? "the account's node" : 'any node',
        `${(outcome.known * 100).toFixed(1)} %`,
        outcome.busiest.toFixed(2),
        throughput.toFixed(1),
      ];
      console.log(cells.join(' | '));
    }
  }
}
