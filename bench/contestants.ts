import { execa } from 'execa';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DATE, type Arena } from './day.ts';
import type { Command } from './process-tree.ts';

/** Who takes part, and what each is measured against. */
export interface Contestant {
  readonly name: string;
  command(arena: Arena): Command;
  /** Folder of its published figures below the arena; absent when it publishes none. */
  readonly figures?: string;
  /** What peaches is to reach against it. */
  readonly goal?: Goal;
}

/** `faster`: its time divided by ours is at least that; `within`: our time divided by its at most. */
export type Goal = { readonly faster: number } | { readonly within: number };

export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

/** Builds the bundle, so that what is measured is the code as it stands. @param root the repository */
export const bundle = async (root: string): Promise<void> => {
  await execa('node', ['--import', 'tsx', 'build.ts'], { cwd: root });
};

/** @param root the repository */
export const ours = async (root: string): Promise<Contestant> => {
  await bundle(root);
  return {
    name: 'peaches',
    command: ({ dir }) => ({
      file: process.execPath,
      args: [
        join(root, 'dist', 'bootstrap.js'),
        ...['run', 'freewheel', '--config', join(root, 'examples', 'peaches.config.json')],
        ...['--date', DATE, '--local', dir, '--json'],
      ],
    }),
    figures: join('store', 'freewheel-logs'),
  };
};

interface Peer {
  readonly name: string;
  readonly script: string;
  readonly goal: Goal;
}

const PEERS: readonly Peer[] = [
  { name: 'pandas, row loops', script: 'pandas_rows.py', goal: { faster: 25 } },
  { name: 'pandas, vectorised, 2 processes', script: 'pandas_vectorised.py', goal: { faster: 2 } },
  { name: 'polars, lazy', script: 'polars_lazy.py', goal: { faster: 1.2 } },
];

export interface Peers {
  readonly contestants: readonly Contestant[];
  readonly leftOut: readonly LeftOut[];
  /** `pandas 3.0.6` and so on. */
  readonly versions: readonly string[];
}

const PACKAGES = ['pandas', 'polars', 'pyarrow'];
const PRINT_VERSIONS = `from importlib.metadata import version
import platform
print("Python", platform.python_version())
${PACKAGES.map((name) => `import ${name}; print("${name}", version("${name}"))`).join('\n')}`;

/**
 * Python with the peers' packages, in a virtual environment that is made when it is missing.
 * @param bench folder of this file
 * @throws when there is no network to get the packages from, or no Python
 */
export const pythonOf = async (
  bench: string,
): Promise<{ readonly python: string; readonly versions: readonly string[] }> => {
  const python = join(bench, '.venv', 'bin', 'python');
  const versions = async (): Promise<readonly string[]> =>
    (await execa(python, ['-c', PRINT_VERSIONS], { lines: true })).stdout;
  const found = await versions().catch(async () => {
    await execa('python3', ['-m', 'venv', join(bench, '.venv')]);
    const requirements = join(bench, 'peers', 'requirements.txt');
    await execa(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
    return versions();
  });
  return { python, versions: found };
};

/** The Python peers. @param bench folder of this file */
export const pythonPeers = async (bench: string): Promise<Peers> => {
  try {
    const { python, versions } = await pythonOf(bench);
    return {
      contestants: PEERS.map((peer) => contestantOf(peer, bench, python)),
      leftOut: [],
      versions,
    };
  } catch {
    const why = `no Python environment with ${PACKAGES.join(', ')} could be made`;
    return { contestants: [], leftOut: PEERS.map(({ name }) => ({ name, why })), versions: [] };
  }
};

const contestantOf = ({ name, script, goal }: Peer, bench: string, python: string): Contestant => ({
  name,
  command: ({ dir, logs, names }) => ({
    file: python,
    args: [join(bench, 'peers', script), logs, names, join(dir, 'published'), DATE],
  }),
  figures: 'published',
  goal,
});

const FLOOR = 'igzip: decompression alone';

/** How fast the files can be decompressed at all on all cores. */
export const floor = async (): Promise<{
  readonly contestants: readonly Contestant[];
  readonly leftOut: readonly LeftOut[];
}> => {
  const { failed } = await execa('igzip', ['--version'], { reject: false });
  if (failed)
    return { contestants: [], leftOut: [{ name: FLOOR, why: 'igzip (Debian package isal) is not there' }] };
  const script = `printf '%s\\0' "$0"/*.gz | xargs -0 -n 5 -P ${availableParallelism()} igzip -dc > /dev/null`;
  return {
    contestants: [
      {
        name: FLOOR,
        command: ({ logs }) => ({ file: 'sh', args: ['-c', script, logs] }),
        goal: { within: 5 },
      },
    ],
    leftOut: [],
  };
};
