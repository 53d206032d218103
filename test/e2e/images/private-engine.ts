import { mkdir, readFile, writeFile, copyFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { startDaemon, type Daemon } from './processes.ts';

export interface PrivateEngine extends Daemon {
  readonly environment: Readonly<Record<string, string>>;
}

/** Debian's client: the one that belongs to the daemon that the test starts. */
export const DOCKER = '/usr/bin/docker';

const hasDaemon = async (): Promise<boolean> => !(await execa('docker', ['info'], { reject: false })).failed;

/** A registry under a name that only the engine must know. */
export interface NamedRegistry {
  readonly host: string;
  readonly address: string;
  readonly certificate: string;
}

/**
 * A Docker daemon of the test's own below `folder`, in a mount namespace of its own: only there the
 * registry's name leads to the loopback address, and its certificate is trusted.
 */
export const startPrivateEngine = async (
  folder: string,
  registry?: NamedRegistry,
): Promise<PrivateEngine> => {
  for (const path of ['data', 'exec', 'client', 'etc-docker']) {
    await mkdir(join(folder, path), { recursive: true });
  }
  await mkdir('/etc/docker', { recursive: true });
  const hosts = await readFile('/etc/hosts', 'utf8');
  await writeFile(join(folder, 'hosts'), `${hosts}\n${registry?.address ?? '#'} ${registry?.host ?? ''}\n`);
  if (registry !== undefined) {
    const trust = join(folder, 'etc-docker/certs.d', registry.host);
    await mkdir(trust, { recursive: true });
    await copyFile(registry.certificate, join(trust, 'ca.crt'));
  }
  const socket = `unix://${join(folder, 'docker.sock')}`;
  // `--bridge=none` would delete the bridge of a daemon that runs already.
  const bridge = (await hasDaemon()) ? '' : '--bridge=none';
  const network = `${bridge} --iptables=false --ip6tables=false`;
  const script = join(folder, 'start.sh');
  await writeFile(
    script,
    [
      'set -e',
      'mount --make-rprivate /',
      `mount --bind ${folder}/hosts /etc/hosts`,
      `mount --bind ${folder}/etc-docker /etc/docker`,
      `exec dockerd --data-root ${folder}/data --exec-root ${folder}/exec --pidfile ${folder}/docker.pid ${network} -H ${socket}`,
    ].join('\n'),
  );
  await chmod(script, 0o700);
  const environment = { DOCKER_HOST: socket, DOCKER_CONFIG: join(folder, 'client') };
  const daemon = await startDaemon(
    'unshare',
    ['--mount', 'bash', script],
    async () => !(await execa(DOCKER, ['version'], { env: environment, reject: false })).failed,
  );
  return { ...daemon, environment };
};
