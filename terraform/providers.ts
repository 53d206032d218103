import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { TerraformBinary } from './find.ts';

/**
 * Where Terraform takes providers from. A person's own CLI configuration always
 * wins; without one, a provider mirror that lies on this machine is found and
 * used, so that a machine without a network can apply too.
 */

const REGISTRIES = { terraform: 'registry.terraform.io', tofu: 'registry.opentofu.org' } as const;

/** The one provider that the stacks use. */
const PROVIDER = join('hashicorp', 'aws');

const SKIPPED = new Set(['node_modules', '.git', '.npm', '.cache', 'proc', 'sys']);

interface Limits {
  readonly depth: number;
  readonly folders: number;
  readonly milliseconds: number;
}

const LIMITS: Limits = { depth: 4, folders: 20_000, milliseconds: 2_000 };

const foldersIn = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() && !SKIPPED.has(entry.name)).map(({ name }) => name);
};

/**
 * Breadth first, so that the nearest mirror comes first.
 *
 * @param roots folders to look under; those that do not exist are passed over
 * @returns folders that hold `<registry>/hashicorp/aws`; what the limits cut off is not found
 */
export const findMirrors = async (
  registry: string,
  roots: readonly string[],
  limits: Limits = LIMITS,
): Promise<string[]> => {
  const deadline = Date.now() + limits.milliseconds;
  const mirrors = new Set<string>();
  let level = [...new Set(roots)];
  let visited = 0;
  for (let depth = 0; depth <= limits.depth && level.length > 0; depth++) {
    const below: string[] = [];
    for (const folder of level) {
      if (++visited > limits.folders || Date.now() > deadline) return [...mirrors];
      if (existsSync(join(folder, registry, PROVIDER))) mirrors.add(folder);
      else for (const name of await foldersIn(folder)) below.push(join(folder, name));
    }
    level = below;
  }
  return [...mirrors];
};

const isFile = async (path: string | undefined): Promise<boolean> =>
  path !== undefined && path !== '' && (await stat(path).catch(() => undefined))?.isFile() === true;

const homeOf = (environment: NodeJS.ProcessEnv): string => environment['HOME'] ?? homedir();

/** Folders that Terraform looks into by itself when nothing is configured. */
const impliedFolders = (environment: NodeJS.ProcessEnv): string[] => {
  const home = homeOf(environment);
  const shared = environment['XDG_DATA_DIRS']?.split(':') ?? ['/usr/local/share', '/usr/share'];
  return [
    join(home, '.terraform.d', 'plugins'),
    join(environment['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'terraform', 'plugins'),
    ...shared.map((folder) => join(folder, 'terraform', 'plugins')),
  ];
};

const configuration = (registry: string, mirrors: readonly string[]): string => {
  const provider = JSON.stringify([`${registry}/hashicorp/aws`]);
  const blocks = mirrors.map(
    (mirror) =>
      `  filesystem_mirror {\n    path    = ${JSON.stringify(mirror)}\n    include = ${provider}\n  }\n`,
  );
  return `provider_installation {\n${blocks.join('')}  direct {\n    exclude = ${provider}\n  }\n}\n`;
};

export interface ProviderOptions {
  readonly binary: Pick<TerraformBinary, 'tool'>;
  readonly environment: NodeJS.ProcessEnv;
  /** Where a generated CLI configuration is written, `.peaches`. */
  readonly folder: string;
  /** Where mirrors are looked for; default the usual system folders and the home. */
  readonly roots?: readonly string[];
}

/**
 * @returns the environment for Terraform processes: the given one, with TF_CLI_CONFIG_FILE kept when it
 * names a file, dropped when it does not, or set to a generated configuration that names a found mirror
 */
export const withProviders = async (options: ProviderOptions): Promise<NodeJS.ProcessEnv> => {
  const { TF_CLI_CONFIG_FILE: explicit, ...environment } = options.environment;
  if (explicit !== undefined && (await isFile(explicit))) return options.environment;
  const home = homeOf(environment);
  const names = options.binary.tool === 'tofu' ? ['.tofurc', '.terraformrc'] : ['.terraformrc'];
  for (const name of names) if (await isFile(join(home, name))) return environment;
  const registry = REGISTRIES[options.binary.tool];
  if (impliedFolders(environment).some((folder) => existsSync(join(folder, registry, PROVIDER)))) {
    return environment;
  }
  const cache = environment['TF_PLUGIN_CACHE_DIR'];
  const roots = options.roots ?? [
    ...(cache ? [cache] : []),
    '/opt',
    '/usr/local/share',
    '/usr/share',
    '/usr/local/lib',
    '/var/lib',
    home,
  ];
  const mirrors = await findMirrors(registry, roots);
  if (mirrors.length === 0) return environment;
  await mkdir(options.folder, { recursive: true });
  const file = join(options.folder, `${options.binary.tool}.tfrc`);
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, configuration(registry, mirrors), { mode: 0o600 });
  await rename(temporary, file);
  return { ...environment, TF_CLI_CONFIG_FILE: file };
};
