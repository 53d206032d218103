import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { EXIT_CODES, messageOf, PeachesError } from '../../errors/errors.ts';
import { findEngine } from '../../images/engine.ts';
import { findLauncher } from '../../sandbox/launcher.ts';
import { workFolder } from '../../config/paths.ts';
import { requireSandbox } from '../../sandbox/sandbox.ts';
import { findTerraform } from '../../terraform/find.ts';
import { withProviders } from '../../terraform/providers.ts';
import { callerAccount, checkAccount, enterAccount } from '../account.ts';
import type { Invocation, Outcome } from '../command.ts';
import { openProject } from '../project.ts';
import type { Project } from '../project.ts';
import { oldestNode, version } from '../version.ts';

export interface Check {
  readonly name: string;
  /** `optional`: something works less well without it, but nothing is stopped. */
  readonly state: 'ok' | 'missing' | 'optional';
  readonly found: string;
  readonly mend?: string;
}

/** `doctor`: every prerequisite of the environment, each with its mend; exit status 69 when one is missing. */
export const doctor = async (invocation: Invocation): Promise<Outcome> => {
  const checks = await invocation.output.step('Checks', () => checkAll(invocation));
  const bad = checks.some(({ state }) => state === 'missing');
  const { style } = invocation.output;
  const marks = {
    ok: style('green', 'ok      '),
    missing: style('red', 'missing '),
    optional: style('yellow', 'optional'),
  };
  const width = Math.max(...checks.map(({ name }) => name.length));
  return {
    document: { ok: !bad, version: await version(), checks },
    text: checks
      .flatMap(({ name, state, found, mend }) => [
        `${marks[state]} ${name.padEnd(width)}  ${found}`,
        ...(mend === undefined ? [] : [`${' '.repeat(width + 11)}${mend}`]),
      ])
      .join('\n'),
    exitCode: bad ? EXIT_CODES.prerequisite : 0,
  };
};

const checkAll = async (invocation: Invocation): Promise<Check[]> => {
  const root = dirname(resolve(invocation.cwd, invocation.config));
  const configured = existsSync(resolve(invocation.cwd, invocation.config));
  const project = configured ? await openProject(invocation) : undefined;
  const sandboxed = (project?.environment.target ?? invocation.target) === 'sandbox';
  const withoutAccount = [
    check('terraform', async () => {
      const { tool, version: found } = await findTerraform();
      return `${tool} ${found}`;
    }),
    check('provider', () => providerSource(root)),
    check('container engine', engineText, project?.environment.target !== 'aws' || sandboxed),
    check('emulator', () => emulatorText(root), !sandboxed),
  ];
  const checks = [
    await nodeCheck(),
    ...(await Promise.all(withoutAccount)),
    configCheck(invocation, project),
  ];
  if (project === undefined) return checks;
  if (sandboxed) checks.push(await check('sandbox', () => sandboxText(project)));
  if (checks.at(-1)?.state === 'missing') return checks;
  return [...checks, await check('account', () => accountText(project))];
};

/** @param optional whether the environment does without it */
const check = async (name: string, look: () => Promise<string>, optional = false): Promise<Check> => {
  try {
    return { name, state: 'ok', found: await look() };
  } catch (error) {
    const mend = error instanceof PeachesError ? error.hint : undefined;
    return {
      name,
      state: optional ? 'optional' : 'missing',
      found: messageOf(error),
      ...(mend === undefined ? {} : { mend }),
    };
  }
};

const nodeCheck = async (): Promise<Check> => {
  const oldest = await oldestNode();
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [needMajor = 0, needMinor = 0] = oldest.split('.').map(Number);
  const enough = major > needMajor || (major === needMajor && minor >= needMinor);
  return {
    name: 'node',
    state: enough ? 'ok' : 'missing',
    found: process.versions.node,
    ...(enough ? {} : { mend: `Install Node ${oldest} or newer.` }),
  };
};

const providerSource = async (root: string): Promise<string> => {
  const binary = await findTerraform();
  const { TF_CLI_CONFIG_FILE: file } = await withProviders({
    binary,
    environment: process.env,
    folder: workFolder(root),
  });
  return file === undefined ? "from Terraform's registry or its usual folders" : `as ${file} says`;
};

const engineText = async (): Promise<string> => {
  const { name, builder } = await findEngine();
  return `${name} (${builder})`;
};

const emulatorText = async (root: string): Promise<string> => {
  const { kind, command } = await findLauncher(workFolder(root));
  return `${kind}: ${command}`;
};

const sandboxText = async ({ root }: Project): Promise<string> => {
  const { endpoint } = await requireSandbox({ root });
  return `runs at ${endpoint}`;
};

const accountText = async (project: Project): Promise<string> => {
  await enterAccount(project);
  const caller = await callerAccount(project.environment);
  checkAccount(project.environment, caller);
  return `${caller} as pinned for ${project.environment.name}`;
};

const configCheck = (invocation: Invocation, project: Project | undefined): Check =>
  project === undefined
    ? {
        name: 'configuration',
        state: 'optional',
        found: `no ${invocation.config}`,
        mend: 'Make one with `peaches init`.',
      }
    : { name: 'configuration', state: 'ok', found: `environment ${project.environment.name}` };
