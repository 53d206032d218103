import { execa } from 'execa';
import { fileURLToPath } from 'node:url';
import { findLauncher } from '../../../sandbox/launcher.ts';
import { findTerraform } from '../../../terraform/find.ts';
import { lackOf } from './prerequisites.ts';

const SOURCES = fileURLToPath(new URL('../../../bootstrap.ts', import.meta.url));
const TSX = fileURLToPath(new URL('../../../node_modules/tsx/dist/loader.mjs', import.meta.url));
/** As built before the tests; from the sources every call takes two seconds more. */
const BUILT = process.env['PEACHES_BUILT'] ?? '';

export interface Told {
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls the command line as a process of its own, without a terminal. @param input what stdin holds */
export const callIn = async (
  folder: string,
  argv: readonly string[],
  input = '',
  env: NodeJS.ProcessEnv = {},
): Promise<Told> => {
  const { exitCode, stdout, stderr } = await execa('node', [BUILT, ...argv], {
    cwd: folder,
    input,
    env,
    reject: false,
  });
  return { status: exitCode, stdout, stderr };
};

/** Calls the command line from its sources, as the README has it. */
export const callSourcesIn = async (folder: string, argv: readonly string[]): Promise<Told> => {
  const { exitCode, stdout, stderr } = await execa('node', ['--import', TSX, SOURCES, ...argv], {
    cwd: folder,
    stdin: 'ignore',
    reject: false,
  });
  return { status: exitCode, stdout, stderr };
};

/** Starts the command line without waiting for it; its end is no error. */
export const startIn = (folder: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  execa('node', [BUILT, ...argv], { cwd: folder, env, stdin: 'ignore', reject: false });

/** Starts the command line at a terminal, by `script` of util-linux; what is written to its stdin is typed. */
export const startAtTerminal = (folder: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  const words = ['node', BUILT, ...argv].map((word) => `'${word}'`).join(' ');
  return execa('script', ['-qefc', words, '/dev/null'], { cwd: folder, env, stdin: 'pipe', reject: false });
};

/** @returns why stacks can't be applied to the emulator here; undefined when they can */
export const emulatorLack = (folder: string): Promise<string | undefined> =>
  lackOf(async () => {
    await findTerraform();
    await findLauncher(folder);
  });
