import { execa } from 'execa';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BatchGetImageCommand } from '@aws-sdk/client-ecr';
import type { Environment } from '../config/environment.ts';
import { repositoryName } from '../config/names.ts';
import { buildWorker, localReference } from '../images/build.ts';
import { openRepository } from '../images/ecr.ts';
import { findEngine, type Engine } from '../images/engine.ts';
import { buildSet, ensureWorkerImage, planWorker } from '../images/ensure.ts';
import { pushWorker } from '../images/push.ts';
import { makeRootImage } from '../test/e2e/images/base-image.ts';
import { PASSWORD, requireLabTools, startLab, type Lab } from '../test/e2e/images/lab.ts';
import { DOCKER } from '../test/e2e/images/private-engine.ts';
import { dayUnderLimit } from './images-day.ts';
import { median, record } from './results.ts';

/** Builds, pushes and starts the worker's image, and weighs it against Python's for the same job. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ROUNDS = 3;
const PEER = 'peaches-test/python-peer:1';
const WHEELS = ['pandas', 'pyarrow', 'boto3'];
/** Python of Debian with what its standard library links. */
const PYTHON = [
  ...['python3.11', 'python3.11-minimal', 'libpython3.11-minimal', 'libpython3.11-stdlib', 'media-types'],
  ...['libexpat1', 'zlib1g', 'libssl3', 'libffi8', 'libbz2-1.0', 'liblzma5', 'libsqlite3-0', 'libreadline8'],
  ...['libtinfo6', 'libncursesw6', 'libdb5.3', 'libuuid1', 'libnsl2', 'libtirpc3', 'libgssapi-krb5-2'],
  ...['libkrb5-3', 'libk5crypto3', 'libkrb5support0', 'libcom-err2', 'libkeyutils1', 'libcrypt1'],
];

interface Weight {
  readonly diskMB: number;
  readonly compressedMB: number;
}

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

const disk = async (lab: Lab, reference: string): Promise<number> =>
  Number(await lab.docker('image', 'inspect', '--format', '{{.Size}}', reference)) / 1e6;

/** Sum of the layers in a pushed manifest: what the registry stores and a task pulls. */
const compressed = async (lab: Lab, env: Environment, imageTag: string): Promise<number> => {
  const repository = repositoryName(env, 'worker');
  const { images } = await lab.ecr.send(
    new BatchGetImageCommand({ repositoryName: repository, imageIds: [{ imageTag }] }),
  );
  const { layers } = JSON.parse(images?.[0]?.imageManifest ?? '{"layers":[]}') as {
    layers: readonly { size: number }[];
  };
  return layers.reduce((sum, { size }) => sum + size, 0) / 1e6;
};

const makePeer = async (lab: Lab): Promise<void> => {
  await makeRootImage({
    docker: [DOCKER, lab.engine.environment],
    reference: PEER,
    packages: PYTHON,
    fill: async (root, work) => {
      const target = join(root, 'usr/local/lib/python3.11/dist-packages');
      const platform = [
        '--python-version',
        '3.11',
        '--platform',
        'manylinux_2_28_x86_64',
        '--only-binary',
        ':all:',
      ];
      await execa(
        'python3',
        ['-m', 'pip', 'install', '--quiet', ...platform, '--no-compile', '--target', target, ...WHEELS],
        {
          cwd: work,
        },
      );
    },
  });
  await lab.docker(
    'run',
    '--rm',
    '--network',
    'none',
    PEER,
    'python3.11',
    '-c',
    `import ${WHEELS.join(', ')}`,
  );
};

const weighPeer = async (lab: Lab): Promise<Weight> => {
  await makePeer(lab);
  const env = await lab.environment('peer');
  const host = `${env.account}.dkr.ecr.${env.region}.amazonaws.com`;
  const remote = `${host}/${repositoryName(env, 'worker')}:peer`;
  await execa(DOCKER, ['login', '--username', 'AWS', '--password-stdin', host], {
    env: lab.engine.environment,
    input: PASSWORD,
  });
  await lab.docker('tag', PEER, remote);
  await lab.docker('push', '--quiet', remote);
  return { diskMB: await disk(lab, PEER), compressedMB: await compressed(lab, env, 'peer') };
};

/** `docker run` to the first line of the worker's log: the process is up and all its code is loaded. */
const start = async (lab: Lab, reference: string): Promise<number> => {
  const begun = performance.now();
  const child = execa(DOCKER, ['run', '--rm', '--read-only', '--network', 'host', '--cpus', '1', reference], {
    env: lab.engine.environment,
    all: true,
    reject: false,
  });
  for await (const line of child.iterable({ from: 'all' })) {
    if (line.includes('worker')) break;
  }
  return (performance.now() - begun) / 1000;
};

const copySources = async (lab: Lab): Promise<string> => {
  const checkout = join(lab.folder, 'checkout');
  await mkdir(checkout);
  for (const room of ['etl', 'errors']) await cp(join(ROOT, room), join(checkout, room), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(checkout, 'package.json'));
  await symlink(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  return join(checkout, 'etl');
};

interface Times {
  readonly cold: number[];
  readonly changed: number[];
  readonly unchanged: number[];
  readonly push: number[];
  readonly pushAgain: number[];
  readonly start: number[];
}

const round = async (
  lab: Lab,
  engine: Engine,
  sources: string,
  number: number,
  times: Times,
): Promise<string> => {
  const entry = join(sources, 'worker.ts');
  const text = await readFile(entry, 'utf8');
  const request = { ...lab.ensure([]), sources };
  const build = async (): Promise<void> => {
    await buildSet(await planWorker(request), request);
  };
  await lab.docker('builder', 'prune', '--all', '--force');
  await writeFile(entry, `${text}\nconsole.debug('${String(number)} cold');\n`);
  times.cold.push(await seconds(build));
  await writeFile(entry, `${text}\nconsole.debug('${String(number)} changed');\n`);
  times.changed.push(await seconds(build));
  await writeFile(entry, text);
  const [plan] = (await planWorker(request)).plans;
  const reference = await buildWorker({ plan, engine });
  const env = await lab.environment(`round-${String(number)}`);
  const ensure = { ...lab.ensure([], { env }), sources };
  times.push.push(await seconds(() => ensureWorkerImage(ensure)));
  times.unchanged.push(await seconds(() => ensureWorkerImage(ensure)));
  const repository = await openRepository(env, lab.endpoint, 'worker');
  const set = await planWorker(request);
  times.pushAgain.push(await seconds(() => pushWorker({ set, engine, repository })));
  times.start.push(await start(lab, reference));
  return localReference(plan);
};

const weighWorker = async (lab: Lab, reference: string): Promise<Weight> => {
  const env = { ...lab.env, name: 'round-1' };
  return {
    diskMB: await disk(lab, reference),
    compressedMB: await compressed(lab, env, reference.slice(reference.indexOf(':') + 1)),
  };
};

const verdict = (reached: boolean): string => (reached ? 'reached' : '**not reached**');

const render = (worker: Weight, peer: Weight, baseMB: number, times: Times, on: Date): string => {
  const weight = (name: string, { diskMB, compressedMB }: Weight): string =>
    `| ${name} | ${diskMB.toFixed(0)} | ${compressedMB.toFixed(1)} |`;
  const row = (name: string, runs: readonly number[], goal: number): string => {
    const range = `${Math.min(...runs).toFixed(2)} to ${Math.max(...runs).toFixed(2)}`;
    const aim = `under ${String(goal)} | ${verdict(median(runs) < goal)}`;
    return `| ${name} | ${median(runs).toFixed(2)} | ${range} | ${goal === 0 ? '|' : aim} |`;
  };
  return [
    '## Images',
    '',
    `${on.toISOString().slice(0, 10)}, ${String(availableParallelism())} cores (${cpus()[0]?.model.trim() ?? 'unknown'}). Both images`,
    'stand on the same thin base of Debian packages, made without an image registry, and were built, run and',
    'pushed in this run. Compressed is the sum of the layers in the pushed manifest.',
    `Load of the machine at the end (1, 5, 15 minutes): ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')}; above ${String(availableParallelism())} others had a share of these times.`,
    '',
    '| image | MB on disk | MB compressed |',
    '| --- | --- | --- |',
    weight('worker: Node 22, DuckDB, all stages', worker),
    weight(`python 3.11 with ${WHEELS.join(', ')}`, peer),
    `| base with Node alone | ${baseMB.toFixed(0)} | |`,
    '',
    `Goals: at most 80 MB compressed: ${verdict(worker.compressedMB <= 80)}; smaller than Python's: ${verdict(worker.compressedMB < peer.compressedMB)}.`,
    '',
    `| s, median of ${String(ROUNDS)} | | range | goal | |`,
    '| --- | --- | --- | --- | --- |',
    row('build, nothing cached but the base', times.cold, 5),
    row('build, one source file changed', times.changed, 2),
    row('push into an empty registry', times.push.slice(0, 1), 0),
    row('push into another repository of it', times.push.slice(1), 0),
    row('nothing changed: bundle, hash, look-up', times.unchanged, 2),
    row('push again', times.pushAgain, 1),
    row('`docker run` to the first line of the log, 1 CPU', times.start, 1),
    '',
  ].join('\n');
};

const weighAndTime = async (lab: Lab): Promise<string> => {
  const engine = await findEngine({ engine: DOCKER, environment: lab.engine.environment });
  const sources = await copySources(lab);
  const times: Times = { cold: [], changed: [], unchanged: [], push: [], pushAgain: [], start: [] };
  let reference = '';
  for (let number = 1; number <= ROUNDS; number++)
    reference = await round(lab, engine, sources, number, times);
  const worker = await weighWorker(lab, reference);
  const peer = await weighPeer(lab);
  return render(worker, peer, await disk(lab, lab.base), times, new Date());
};

/** With `--day`: a gigabyte of log through the stages' containers instead. */
const main = async (): Promise<void> => {
  await requireLabTools();
  const lab = await startLab();
  try {
    const section = process.argv.includes('--day')
      ? await dayUnderLimit(lab, join(ROOT, 'bench/data'), new Date())
      : await weighAndTime(lab);
    await record(join(ROOT, 'bench/RESULTS.md'), section);
    console.log(section);
  } finally {
    await lab.stop();
  }
};

await main();
