import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BOOT = fileURLToPath(new URL('./boot.sh', import.meta.url));
const PACKAGES = [
  'systemd',
  'systemd-sysv',
  'bash',
  'coreutils',
  'dash',
  'diffutils',
  'findutils',
  'grep',
  'util-linux',
];

/** A machine of Debian's packages whose first process is a real systemd. */
export interface DebianMachine {
  /** Its file system; what its processes write can be read here. */
  readonly root: string;
  /** Runs a command in it. @throws when the command fails, with what it said */
  run(command: string): Promise<string>;
  stop(): Promise<void>;
}

/** @returns why no machine can be booted here */
export const machineLack = async (): Promise<void> => {
  if (process.getuid?.() !== 0) throw new Error('needs root');
  for (const tool of ['apt-get', 'dpkg-deb', 'unshare', 'nsenter']) await execa('which', [tool]);
};

/** The packages and all that they need. */
const closure = async (): Promise<string[]> => {
  const nothingInstalled = ['-o', 'Dir::State::status=/dev/null'];
  const { stdout } = await execa('apt-get', [
    'install',
    '--simulate',
    '--no-install-recommends',
    ...nothingInstalled,
    ...PACKAGES,
  ]);
  return [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
};

/** Leaves of what systemd brings only what starts units: no journal, no devices, no logins. */
const furnish = async (root: string): Promise<void> => {
  const units = join(root, 'lib/systemd/system');
  for (const name of await readdir(units)) {
    if (name.endsWith('.wants')) await rm(join(units, name), { recursive: true });
  }
  await writeFile(join(root, 'etc/machine-id'), '');
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nworker:x:1000:1000::/:/bin/sh\n');
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nworker:x:1000:\n');
  await mkdir(join(root, 'etc/systemd/system/service.d'), { recursive: true });
  await mkdir(join(root, 'var/log'), { recursive: true });
  const log = 'append:/var/log/services';
  await writeFile(
    join(root, 'etc/systemd/system/service.d/output.conf'),
    `[Service]\nStandardOutput=${log}\nStandardError=${log}\n`,
  );
};

/** @param files by path in the machine; each becomes executable */
export const bootDebian = async (files: Readonly<Record<string, string>>): Promise<DebianMachine> => {
  const folder = await mkdtemp(join(tmpdir(), 'peaches-machine-'));
  const root = join(folder, 'root');
  const debs = join(folder, 'debs');
  await Promise.all([root, debs].map((path) => mkdir(path)));
  await execa('apt-get', ['download', '-qq', ...(await closure())], { cwd: debs });
  for (const deb of await readdir(debs)) await execa('dpkg-deb', ['-x', join(debs, deb), root]);
  await furnish(root);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), content, { mode: 0o755 });
  }
  const group = basename(folder);
  const namespaces = ['--mount', '--pid', '--fork', '--uts', '--ipc', '--kill-child'];
  const machine = execa('unshare', [...namespaces, 'sh', BOOT, root, group], { reject: false, all: true });
  const stop = async (): Promise<void> => {
    machine.kill('SIGKILL');
    await machine;
    await leaveGroups(group);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const first = await firstProcess(machine.pid ?? 0);
    const inside = ['--target', first, '--mount', '--pid', '--uts', '--ipc', '--cgroup', '--root', '--wd=/'];
    const run = async (command: string): Promise<string> => {
      const { stdout } = await execa('nsenter', [...inside, 'sh', '-c', command], {
        env: { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
        extendEnv: false,
      });
      return stdout;
    };
    await eventually(() => run('systemctl is-active basic.target'));
    return { root, run, stop };
  } catch (error) {
    await stop();
    throw new Error(`The machine did not boot: ${(await machine).all}`, { cause: error });
  }
};

/** The process that `unshare` made the first of its namespace, once systemd has taken its place. */
const firstProcess = (parent: number): Promise<string> =>
  eventually(async () => {
    const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8');
    const [first = ''] = children.split(' ');
    if ((await readFile(`/proc/${first}/comm`, 'utf8')).trim() !== 'systemd') throw new Error('not yet');
    return first;
  });

/** Tries until it succeeds. @throws its last error after half a minute */
export const eventually = async <T>(attempt: () => Promise<T>): Promise<T> => {
  const end = Date.now() + 30_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(100);
    }
  }
};

/** Empty control groups stay until somebody removes them, the innermost first. */
const leaveGroups = async (group: string): Promise<void> => {
  const remove = async (path: string): Promise<void> => {
    const entries = await readdir(path, { withFileTypes: true });
    for (const entry of entries) if (entry.isDirectory()) await remove(join(path, entry.name));
    await eventually(() => rmdir(path));
  };
  const own = (await readFile('/proc/self/cgroup', 'utf8')).match(/^0::(.*)$/m)?.[1] ?? '/';
  const tops = ['systemd', 'unified', 'pids', `.${own}`].map((top) => join('/sys/fs/cgroup', top, group));
  for (const top of tops) if (existsSync(top)) await remove(top);
};
