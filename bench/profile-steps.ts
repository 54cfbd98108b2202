/**
 * From CPU profiles to steps: which step of a request a sample of a profile belongs to. A sample counts for the innermost frame of
 * ours on its stack, so what Node does for a step (a write, a hash) is in that step; stacks without a frame of ours are Node's
 * HTTP, its streams, or what it does between events.
 */
import { readFileSync } from 'node:fs';

/** As V8 writes it (Chrome DevTools protocol, "Profiler.Profile"); times in microseconds of the monotonic clock. */
interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string }; children?: number[] }[];
  startTime: number;
  samples: number[];
  timeDeltas: number[];
}

interface Rule {
  step: string;
  /** Path below dist/, or beginning with `node:` or `node_modules/`. */
  path: RegExp;
  /** Only these functions of the file. */
  functions?: RegExp;
}

/** The first rule that fits a frame says the step; frames that no rule fits leave it to their callers. */
const OURS: readonly Rule[] = [
  { step: 'SigV4', path: /^aws\/sigv4\// },
  { step: 'encode', path: /^aws\/encoder/ },
  { step: 'encode', path: /^aws\/json\.js/, functions: /encode/i },
  { step: 'decode', path: /^aws\// },
  { step: 'policy', path: /^access\/|^services\/kms\/condition-context/ },
  { step: 'event history', path: /^trail-reader\/|^storage\/event-/ },
  { step: 'audit', path: /^audit\/|^services\/api\/call/ },
  { step: 'HSM log', path: /^hsm\/log|^hsm-log\// },
  { step: 'RPC', path: /^rpc\/|^hsm-client\/|^keystores\// },
  { step: 'PKCS#11 module', path: /^node_modules\/pkcs11js\// },
  { step: 'HSM verbs', path: /^hsm\/|^pkcs11\// },
  { step: 'HTTP', path: /^server\/edge/ },
  { step: 'routing', path: /^server\/router/ },
  { step: 'pipeline', path: /^services\// },
  { step: 'comparison of the trails', path: /^trail-comparison\/|^reconcile\// },
  { step: "delivery of the HSMs' logs", path: /^hsm-trail\// },
  { step: 'background', path: /^(?:jobs|storage|metering|supervisor)\// },
];

const NODE: readonly Rule[] = [
  { step: 'HTTP', path: /^node:_http|^node:internal\/http/ },
  { step: 'RPC', path: /^node:_tls|^node:internal\/tls/ },
];

const UNATTRIBUTED: ReadonlyMap<string, string> = new Map([
  ['(garbage collector)', 'garbage collection'],
  ['(program)', 'native code outside of calls'],
  ['(idle)', 'idle'],
]);

function pathOf(url: string): string {
  const vendored = url.lastIndexOf('/node_modules/');
  if (vendored >= 0) return url.slice(vendored + 1);
  const built = url.indexOf('/dist/');
  return built >= 0 ? url.slice(built + '/dist/'.length) : url;
}

const fitting = (rules: readonly Rule[], path: string, functionName: string): string | undefined =>
  rules.find((rule) => rule.path.test(path) && (rule.functions?.test(functionName) ?? true))?.step;

/** The step of each node of a profile. */
function stepsOf({ nodes }: CpuProfile): Map<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const steps = new Map<number, string>();
  const visit = (id: number, inherited: { ours?: string; nodes?: string }): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const { functionName, url } = node.callFrame;
    const path = pathOf(url);
    const isNodes = path === '' || path.startsWith('node:');
    const ours = (isNodes ? undefined : fitting(OURS, path, functionName)) ?? inherited.ours;
    const nodes = (isNodes ? fitting(NODE, path, functionName) : undefined) ?? inherited.nodes;
    steps.set(id, UNATTRIBUTED.get(functionName) ?? ours ?? nodes ?? "Node's streams and event loop");
    for (const child of node.children ?? []) visit(child, { ...(ours && { ours }), ...(nodes && { nodes }) });
  };
  for (const { id, callFrame } of nodes) if (callFrame.functionName === '(root)') visit(id, {});
  return steps;
}

/** Microseconds of each step in a window of the monotonic clock; `idle` is left out. */
export function sumSteps(file: string, window: { from: number; to: number }): Map<string, number> {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
  const steps = stepsOf(profile);
  const sums = new Map<string, number>();
  let time = profile.startTime;
  for (const [at, sample] of profile.samples.entries()) {
    time += profile.timeDeltas[at] as number;
    const step = steps.get(sample);
    if (time < window.from || time >= window.to || step === undefined || step === 'idle') continue;
    sums.set(step, (sums.get(step) ?? 0) + (profile.timeDeltas[at + 1] ?? 0));
  }
  return sums;
}
