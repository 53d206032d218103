import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failed, messageOf, PeachesError } from '../errors/errors.ts';
import type { RegistryLogin } from './ecr.ts';
import { callEngine, type Engine } from './engine.ts';

const PREFIX = 'peaches-login-';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Removes what a killed process left behind. */
const sweep = async (): Promise<void> => {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) {
      await rm(join(tmpdir(), name), { recursive: true, force: true });
    }
  }
};

/**
 * Lends an engine that is logged in to a registry. The login lives in a folder of its own, readable
 * by this user only, for as long as `use` runs; the password goes to the engine's standard input.
 * @throws REGISTRY_LOGIN_FAILED, and what `use` throws
 */
export const withLogin = async <T>(
  engine: Engine,
  login: RegistryLogin,
  use: (engine: Engine) => Promise<T>,
): Promise<T> => {
  await sweep();
  const { registry } = login;
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${String(process.pid)}-`));
  await chmod(folder, 0o700);
  const loggedIn: Engine = {
    ...engine,
    // Docker knows the loopback address for a place without TLS; Podman and Buildah must be told.
    registryFlags: login.secure || engine.name === 'docker' ? [] : ['--tls-verify=false'],
    environment: {
      ...engine.environment,
      DOCKER_CONFIG: folder,
      REGISTRY_AUTH_FILE: join(folder, 'config.json'),
    },
  };
  try {
    await callEngine(
      loggedIn,
      `logging in to ${registry}`,
      ['login', '--username', login.user, '--password-stdin', ...loggedIn.registryFlags, registry],
      { input: login.password },
    ).catch((cause: unknown) => {
      if (cause instanceof PeachesError && cause.code !== 'ENGINE_CALL_FAILED') throw cause;
      throw failed({
        code: 'REGISTRY_LOGIN_FAILED',
        message: `The registry ${registry} can't be logged in to: ${messageOf(cause)}`,
        hint: 'Check that this machine reaches the registry and that your credentials are of its account (`doctor`).',
      });
    });
    return await use(loggedIn);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
