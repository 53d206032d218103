import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { EXIT_CODES, messageOf, PeachesError } from '../../errors/errors.ts';
import { findEngine } from '../../images/engine.ts';
import { findLauncher } from '../../sandbox/launcher.ts';
import { workFolder } from '../../config/paths.ts';
import { requireSandbox } from '../../sandbox/sandbox.ts';
import { findTerraform } from '../../terraform/find.ts';
import { withProviders } from '../../terraform/providers.ts';
import { accessKeyState, keyWarning } from '../access-key.ts';
import { callerAccount, checkAccount, enterAccount } from '../account.ts';
import type { Invocation, Outcome } from '../command.ts';
import { deployerOf } from '../deployer.ts';
import { simulatePermissions } from '../permissions.ts';
import { openProject } from '../project.ts';
import type { Project } from '../project.ts';
import { oldestNode, version } from '../version.ts';

export interface Check {
  readonly name: string;
  /** `optional`: something works less well without it, but nothing is stopped. */
  readonly state: 'ok' | 'missing' | 'optional';
  readonly found: string;
  readonly mend?: string;
  /** Of `permissions`: every action that is not allowed, and on what. */
  readonly denied?: readonly string[];
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
  const account = await check('account', () => accountText(project));
  if (account.state !== 'ok') return [...checks, account];
  return [...checks, account, ...(await Promise.all([permissionsCheck(project), keyCheck(project)])).flat()];
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

const MOST_NAMED = 12;

/** What the caller lacks of the deployer's policy. The emulator lets everybody do everything. */
const permissionsCheck = async (project: Project): Promise<readonly Check[]> => {
  const { environment } = project;
  if (environment.target === 'sandbox') return [];
  const name = 'permissions';
  const compare = 'Compare by hand with `peaches policy print deployer`';
  try {
    const documents = await deployerOf(project);
    const found = await simulatePermissions(environment, documents);
    if (found === undefined) {
      const mend = 'Use a role with the policy of `peaches policy print deployer`.';
      return [{ name, state: 'optional', found: "the caller is the account's root, which may do all", mend }];
    }
    const { principal, asked, denied } = found;
    if (denied.length === 0) {
      return [{ name, state: 'ok', found: `${principal} may do all ${asked} that deploying needs` }];
    }
    const more = denied.length > MOST_NAMED ? `, and ${denied.length - MOST_NAMED} more` : '';
    return [
      {
        name,
        state: 'missing',
        found: `${principal} may not: ${denied.slice(0, MOST_NAMED).join(', ')}${more}`,
        mend: 'Give it the policy of `peaches policy print deployer`.',
        denied,
      },
    ];
  } catch (error) {
    const refused = error instanceof Error && /AccessDenied/.test(error.name);
    return [
      {
        name,
        state: 'optional',
        found: refused
          ? 'not known: the caller may not simulate its own permissions'
          : `not known: ${messageOf(error)}`,
        mend: refused
          ? `Allow it iam:SimulatePrincipalPolicy and iam:GetRole on itself. ${compare}.`
          : `${compare}.`,
      },
    ];
  }
};

const keyCheck = async ({ environment }: Project): Promise<readonly Check[]> => {
  const name = 'access key';
  try {
    const key = await accessKeyState(environment);
    if (key === undefined || key.state === 'not deployed') return [];
    const warning = keyWarning(key);
    if (warning !== undefined) return [{ name, state: 'optional', found: warning }];
    return [{ name, state: 'ok', found: `of ${key.user}, ${key.days ?? 0} days old` }];
  } catch (error) {
    return [{ name, state: 'optional', found: `not known: ${messageOf(error)}` }];
  }
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
