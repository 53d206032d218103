import { randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { execa } from 'execa';
import type { Environment } from '../../../config/environment.ts';
import { repositoryName } from '../../../config/names.ts';
import type { ImageEvent } from '../../../images/events.ts';
import type { EnsureRequest } from '../../../images/ensure.ts';
import { sandboxEnvironment } from '../../../sandbox/environment.ts';
import { startSandbox, stopSandbox } from '../../../sandbox/sandbox.ts';
import { makeBaseImage } from './base-image.ts';
import { makeCertificate, startEcrFront } from './ecr-front.ts';
import { DOCKER, startPrivateEngine, type PrivateEngine } from './private-engine.ts';
import { startRegistry, type Registry } from './registry.ts';

/** The emulator's own account and the one password of its registry. */
const ACCOUNT = '123456789012';
export const PASSWORD = `${ACCOUNT}-auth-token`;
const REGION = 'us-east-1';
export const BASE = 'peaches-test/node:22';
const TOOLS = ['/usr/sbin/dockerd', DOCKER, '/usr/bin/docker-registry'];

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * Makes sure of what the lab needs; on a CI machine, or with PEACHES_TEST_INSTALL=1, Debian's
 * packages are installed.
 * @throws with the reason when the lab can't be had on this machine
 */
export const requireLabTools = async (): Promise<void> => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Error('a container engine of the tests’ own needs root on Linux');
  }
  if ((await Promise.all(TOOLS.map(isThere))).every(Boolean)) return;
  if (process.env['CI'] === undefined && process.env['PEACHES_TEST_INSTALL'] === undefined) {
    throw new Error(
      'docker.io and docker-registry are not installed; PEACHES_TEST_INSTALL=1 lets the test do it',
    );
  }
  // Keeps the packages from starting services: the tests start their own.
  if (!(await isThere('/usr/sbin/policy-rc.d'))) {
    await writeFile('/usr/sbin/policy-rc.d', '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  }
  await execa('apt-get', ['update', '-qq']);
  await execa(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', 'docker.io', 'docker-registry'],
    {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    },
  );
};

/** Everything between sources and a running container, with nothing of it outside one folder. */
export interface Lab {
  readonly folder: string;
  /** Environment of the emulator. */
  readonly endpoint: NodeJS.ProcessEnv;
  readonly env: Environment;
  readonly ecr: ECRClient;
  readonly engine: PrivateEngine;
  readonly base: string;
  /** What a test may change: the registry behind the front, and what the front answers in its place. */
  readonly faults: Faults;
  /** Requests that sent data, as `METHOD path`. */
  readonly requests: string[];
  /** Arguments of `ensureWorkerImage`; events are added to the list. */
  ensure(events: ImageEvent[], more?: Partial<EnsureRequest>): EnsureRequest;
  docker(...args: string[]): Promise<string>;
  /** An environment of that name with its repository. */
  environment(name: string): Promise<Environment>;
  /** A further engine, which the lab stops at its end. */
  furtherEngine(folder: string): Promise<PrivateEngine>;
  stop(): Promise<void>;
}

interface Faults {
  registry: Registry;
  refuse: (method: string, path: string) => number | undefined;
}

const environmentOf = (name: string): Environment => ({
  project: 'acme-media',
  name,
  account: ACCOUNT,
  region: REGION,
  target: 'sandbox',
  compute: 'ecs',
  warehouse: 'none',
  vpc: 'create',
  subnets: [],
  protected: false,
  deleteData: true,
  feeds: {},
});

/** An address of the loopback network that no other run has. */
const ownAddress = (): string => {
  const [a = 1, b = 1, c = 1] = randomBytes(3).map((byte) => (byte % 250) + 2);
  return `127.${String(a)}.${String(b)}.${String(c)}`;
};

/** An engine with the base image, for registries of the loopback address. */
export const startEngineWithBase = async (folder: string): Promise<PrivateEngine> => {
  const engine = await startPrivateEngine(folder);
  await makeBaseImage([DOCKER, engine.environment], BASE);
  return engine;
};

/** Starts emulator, registry with login, their TLS front and an engine, and makes the base image. */
export const startLab = async (): Promise<Lab> => {
  const folder = await mkdtemp(join(tmpdir(), 'peaches-lab-'));
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each().catch(() => undefined);
  };
  try {
    const host = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
    const address = ownAddress();
    await mkdir(join(folder, 'project'));
    await makeCertificate(folder, host);
    stops.push(() => stopSandbox({ root: join(folder, 'project') }));
    const sandbox = await startSandbox({ root: join(folder, 'project'), registry: false });
    const endpoint = sandboxEnvironment(sandbox.endpoint, { account: ACCOUNT, region: REGION }, {});
    const ecr = new ECRClient({
      region: REGION,
      endpoint: sandbox.endpoint,
      credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'testing' },
    });
    const faults: Faults = {
      registry: await startRegistry(join(folder, 'registry'), PASSWORD),
      refuse: () => undefined,
    };
    stops.push(() => faults.registry.stop());
    const requests: string[] = [];
    const front = { address, host, folder, ecr, registryPort: () => faults.registry.port };
    const refuse = (method: string, path: string): number | undefined => {
      requests.push(`${method} ${path}`);
      return faults.refuse(method, path);
    };
    stops.push(await startEcrFront({ ...front, refuse }));
    const furtherEngine = async (at: string): Promise<PrivateEngine> => {
      const started = await startPrivateEngine(at, { host, address, certificate: join(folder, 'tls.crt') });
      stops.push(() => started.stop());
      return started;
    };
    const engine = await furtherEngine(join(folder, 'engine'));
    await makeBaseImage([DOCKER, engine.environment], BASE);
    const environment = async (name: string): Promise<Environment> => {
      const env = environmentOf(name);
      const repository = { repositoryName: repositoryName(env, 'worker') };
      await ecr.send(new CreateRepositoryCommand({ ...repository, imageTagMutability: 'IMMUTABLE' }));
      return env;
    };
    const env = await environment('dev');
    const ensure = (events: ImageEvent[], more: Partial<EnsureRequest> = {}): EnsureRequest => ({
      root: join(folder, 'project'),
      env,
      endpointEnvironment: endpoint,
      engine: DOCKER,
      environment: engine.environment,
      base: BASE,
      firstWaitMs: 200,
      onEvent: (event) => events.push(event),
      ...more,
    });
    const docker = async (...args: string[]): Promise<string> =>
      (await execa(DOCKER, args, { env: engine.environment })).stdout;
    const parts = { folder, endpoint, env, ecr, engine, base: BASE, faults, requests };
    return { ...parts, ensure, docker, environment, furtherEngine, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
};
