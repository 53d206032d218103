import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { freePort, startDaemon, type Daemon } from './processes.ts';

export interface Registry extends Daemon {
  readonly port: number;
}

/**
 * Debian's docker-registry on the loopback interface; it demands a login.
 * @param folder where it keeps what is pushed; a second start on the same folder has it again
 * @param port absent: a free one
 */
export const startRegistry = async (folder: string, password: string, port?: number): Promise<Registry> => {
  const at = port ?? (await freePort());
  await mkdir(join(folder, 'data'), { recursive: true });
  const { stdout: line } = await execa(
    'perl',
    ['-e', 'chomp(my $p = <STDIN>); print "AWS:".crypt($p, q($2b$05$abcdefghijklmnopqrstuv))'],
    { input: password },
  );
  await writeFile(join(folder, 'htpasswd'), `${line}\n`);
  await writeFile(
    join(folder, 'registry.json'),
    JSON.stringify({
      version: '0.1',
      log: { level: 'warn', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, 'data') } },
      http: { addr: `127.0.0.1:${String(at)}`, relativeurls: true },
      auth: { htpasswd: { realm: 'registry', path: join(folder, 'htpasswd') } },
    }),
  );
  const daemon = await startDaemon('docker-registry', ['serve', join(folder, 'registry.json')], async () => {
    const { status } = await fetch(`http://127.0.0.1:${String(at)}/v2/`);
    return status === 401;
  });
  return { ...daemon, port: at };
};

/** How many layers and descriptions a repository has whole. @param folder as the registry was started with */
export const storedLayers = async (folder: string, repository: string): Promise<number> => {
  const below = join(folder, 'data/docker/registry/v2/repositories', repository, '_layers');
  const entries = await readdir(below, { recursive: true }).catch(() => []);
  return entries.filter((name) => name.endsWith('/link')).length;
};
