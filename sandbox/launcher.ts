import { execa } from 'execa';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missing } from '../errors/errors.ts';

/** The Python package of the emulator, beside this file (beside the bundle when built). */
const EMULATOR = fileURLToPath(new URL('emulator', import.meta.url));

/** Version that the gap fillers were written for. */
const MOTO = 'moto[server]==5.2.1';
const MOTO_IMAGE = 'motoserver/moto:5.2.1';

/** How the emulator is started on this machine. */
export interface Launcher {
  readonly kind: 'python' | 'uvx' | 'pipx' | 'docker';
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

const answers = async (
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> => {
  const { stdout, failed } = await execa(command, args, {
    env: environment,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: 60_000,
  });
  return failed ? undefined : stdout.trim();
};

/** A loopback port that was free a moment ago. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

const pythons = (environment: NodeJS.ProcessEnv): string[] => {
  const chosen = environment['PEACHES_PYTHON'];
  return chosen ? [chosen] : ['python3', 'python'];
};

const IMPORT = 'import sys, moto.server; print(sys.executable)';

/** The interpreter in the first line of `moto_server`, as an installer for applications leaves it. */
const interpreterOfMotoServer = async (environment: NodeJS.ProcessEnv): Promise<string | undefined> => {
  for (const folder of (environment['PATH'] ?? '').split(delimiter)) {
    const text = await readFile(join(folder, 'moto_server'), 'utf8').catch(() => undefined);
    if (text !== undefined) return /^#!(\S*python\S*)/.exec(text)?.[1];
  }
  return undefined;
};

const pythonWithMoto = async (environment: NodeJS.ProcessEnv): Promise<string | undefined> => {
  const interpreter = await interpreterOfMotoServer(environment);
  for (const python of [...pythons(environment), ...(interpreter === undefined ? [] : [interpreter])]) {
    const executable = await answers(python, ['-c', IMPORT], environment);
    if (executable) return executable;
  }
  return undefined;
};

/**
 * @param folder where the daemon keeps its state, `.peaches`
 * @returns the first way that works: a Python that has moto, uvx, pipx, Docker
 * @throws PeachesError EMULATOR_MISSING
 */
export const findLauncher = async (
  folder: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Launcher> => {
  const child = { ...environment, PYTHONPATH: dirname(EMULATOR), PYTHONDONTWRITEBYTECODE: '1' };
  const options = ['--folder', folder];
  const python = await pythonWithMoto(environment);
  if (python !== undefined) {
    return { kind: 'python', command: python, args: ['-m', 'emulator', ...options], environment: child };
  }
  if (await answers('uvx', ['--version'], environment)) {
    const args = ['--from', MOTO, 'python', '-m', 'emulator', ...options];
    return { kind: 'uvx', command: 'uvx', args, environment: child };
  }
  if (await answers('pipx', ['--version'], environment)) {
    const args = ['run', join(EMULATOR, '__main__.py'), ...options];
    return { kind: 'pipx', command: 'pipx', args, environment: child };
  }
  if (await answers('docker', ['version', '--format', '{{.Server.Version}}'], environment)) {
    const port = String(await freePort());
    const user = process.getuid && process.getgid ? [`--user=${process.getuid()}:${process.getgid()}`] : [];
    const args = [
      ...['run', '--rm', '--init', ...user, '--entrypoint=python', `--publish=127.0.0.1:${port}:${port}`],
      ...[`--volume=${EMULATOR}:/peaches/emulator:ro`, `--volume=${folder}:/sandbox`],
      ...['--env=PYTHONPATH=/peaches', '--env=PYTHONDONTWRITEBYTECODE=1', MOTO_IMAGE],
      ...['-m', 'emulator', '--folder=/sandbox', '--host=0.0.0.0', `--port=${port}`],
    ];
    return { kind: 'docker', command: 'docker', args, environment };
  }
  throw missing({
    code: 'EMULATOR_MISSING',
    message: 'The sandbox needs moto, and neither a Python with it nor uvx, pipx or Docker was found.',
    hint: `Install it with \`python3 -m pip install '${MOTO}'\`, or install uv, pipx or Docker.`,
  });
};
