/**
 * A systemd of its own: process 1 of new namespaces on this machine, with nothing started, where files of a host can be laid over
 * this one's without a trace.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from '../stories/claviger.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const SYSTEMD = '/lib/systemd/systemd';
const NAMESPACES = [
  '--fork',
  '--pid',
  '--mount',
  '--mount-proc',
  '--cgroup',
  '--uts',
  '--ipc',
  '--kill-child',
];

/** Why there can be none here; false when there can. */
export const WITHOUT_SYSTEMD = whyNot();

function whyNot(): string | false {
  if (process.getuid?.() !== 0) return 'only root can start a systemd of its own';
  if (!existsSync(SYSTEMD)) return 'systemd is not on this machine';
  // it governs the control groups that a second one would need
  if (existsSync('/run/systemd/system')) return 'a systemd runs this machine';
  const node = spawnSync('/usr/bin/env', ['node', '--version'], {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
  });
  if (node.status !== 0) return 'node is where services do not look for it';
  const allowed = spawnSync('unshare', [...NAMESPACES, 'mount', '-t', 'tmpfs', 'tmpfs', '/run']);
  return allowed.status === 0 ? false : 'this machine does not let root make namespaces';
}

export interface SystemdMachine {
  /** Runs a command there. @throws Error when it fails, with what it printed */
  run(command: string, ...args: string[]): Promise<string>;
  /** A property of a unit, as `systemctl show` has it. */
  property(unit: string, name: string): Promise<string>;
  /** Where this machine sees a file of that one. */
  path(file: string): string;
  stop(): Promise<void>;
}

/** Empty, in place of what a host has: nothing of this machine is started, cleaned or set by the systemd of a test. */
const HIDDEN = [
  ...['/tmp', '/var', '/opt', '/usr/lib/systemd/system', '/usr/lib/systemd/system-generators'],
  ...['/usr/lib/systemd/system-environment-generators', '/usr/lib/systemd/system-preset'],
];
const TARGETS = ['sysinit', 'basic', 'network-online', 'multi-user', 'shutdown', 'final', 'umount'];

/** Boots it, with the units of packaging/systemd and this repository in /opt/claviger. Nothing that is written there stays. */
export async function bootSystemd(): Promise<SystemdMachine> {
  const boot = `
    set -e
    mount -t tmpfs tmpfs /run
    mkdir /run/repository /run/etc /run/work
    mount --bind ${REPOSITORY} /run/repository
    mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/work /etc
    rm -rf /etc/systemd /etc/init.d /etc/fstab
    for folder in ${HIDDEN.join(' ')}; do if [ -d $folder ]; then mount -t tmpfs tmpfs $folder; fi; done
    mkdir /var/lib /opt/claviger
    mount --bind /run/repository /opt/claviger
    cp /opt/claviger/packaging/systemd/*.service /usr/lib/systemd/system
    for target in ${TARGETS.join(' ')}; do printf '[Unit]\\nDefaultDependencies=no\\n' > /usr/lib/systemd/system/$target.target; done
    mount --make-rshared /
    exec env -i container=other PATH=/usr/local/bin:/usr/bin:/bin ${SYSTEMD} --system --unit=basic.target --log-target=console`;
  const outer = spawn('unshare', [...NAMESPACES, 'sh', '-c', boot], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [outer.stdout, outer.stderr])
    stream.on('data', (chunk: Buffer) => (said += String(chunk)));
  const one = await eventually(10_000, 'process 1', () => {
    if (outer.exitCode !== null) throw new Error(said);
    const children = readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8').trim();
    return children === '' || !readFileSync(`/proc/${children}/comm`, 'utf8').startsWith('systemd')
      ? undefined
      : children;
  });
  const run = async (command: string, ...args: string[]): Promise<string> => {
    const inside = ['-t', one, '-m', '-p', '-i', '-u', '-C', command, ...args];
    const { stdout } = await promisify(execFile)('nsenter', inside);
    return stdout.trim();
  };
  await eventually(20_000, 'a systemd that runs', async () =>
    (await run('systemctl', 'is-system-running').catch(() => '')) === 'running' ? true : undefined,
  );
  return {
    run,
    property: (unit, name) => run('systemctl', 'show', '--value', '-p', name, unit),
    path: (file) => join('/proc', one, 'root', file),
    stop: async () => {
      const ended = once(outer, 'exit');
      process.kill(Number(one), 'SIGKILL');
      await ended;
    },
  };
}
