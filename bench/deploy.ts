import { execa } from 'execa';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadConfig, resolveEnvironment } from '../config/load.ts';
import { sandboxEnvironment } from '../sandbox/environment.ts';
import { feeds } from '../etl/feeds.ts';
import { startSandbox, stopSandbox } from '../sandbox/sandbox.ts';
import { synthesize, type SynthesizedStack } from '../stacks/synthesize.ts';
import { findTerraform } from '../terraform/find.ts';
import { withProviders } from '../terraform/providers.ts';
import { median, record } from './results.ts';

/**
 * The FreeWheel account on the emulator: `deploy` against bare Terraform on the same stacks, and the
 * whole life of the account. Each round has an emulator of its own. `npm run bench:deploy [-- --rounds N]`
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const GOAL = 1.1;
const LIFE_GOAL_SECONDS = 240;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const rounds = Number(values.rounds);

const CONFIG = {
  name: 'bench',
  default: 'dev',
  environments: {
    dev: {
      account: '123456789012',
      region: 'us-east-1',
      target: 'sandbox',
      compute: 'ecs',
      warehouse: 'none',
      vpc: 'create',
      protected: false,
    },
  },
  feeds: { freewheel: { networkId: '171213' } },
};

interface Account {
  readonly folder: string;
  readonly stacks: readonly SynthesizedStack[];
  /** Of the Terraform processes. */
  readonly environment: NodeJS.ProcessEnv;
}

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

const peaches = ({ folder }: Account, ...args: string[]) =>
  execa('node', [join(ROOT, 'dist', 'bootstrap.js'), ...args], { cwd: folder, stdin: 'ignore' });

/** What a person types who has the Terraform JSON: init and apply, stack by stack. */
const bareTerraform = async ({ stacks, environment }: Account): Promise<void> => {
  const { command } = await findTerraform();
  for (const { folder } of stacks) {
    const call = (...args: string[]) =>
      execa(command, args, { cwd: folder, env: environment, extendEnv: false, stdin: 'ignore' });
    await call('init', '-input=false');
    await call('apply', '-input=false', '-auto-approve', '-parallelism=30');
  }
};

const deployWithPeaches = (account: Account): Promise<unknown> => peaches(account, 'deploy', '--yes');

/** Applied, planned again without a difference, destroyed. */
const wholeLife = async (account: Account): Promise<void> => {
  await peaches(account, 'up', '--yes');
  await peaches(account, 'diff');
  await peaches(account, 'destroy', '--yes', '--delete-data');
};

/** Runs `work` on an empty account, which ends with it. */
const onEmptyAccount = async (work: (account: Account) => Promise<unknown>): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), 'peaches-bench-'));
  try {
    const file = join(folder, 'peaches.config.json');
    await writeFile(file, JSON.stringify(CONFIG));
    const env = resolveEnvironment(await loadConfig(file, feeds), {});
    const { endpoint } = await startSandbox({ root: folder });
    const stacks = await synthesize(env, { outdir: join(folder, 'cdktf.out') });
    await mkdir(join(folder, '.peaches', env.name, 'state'), { recursive: true });
    const environment = await withProviders({
      binary: await findTerraform(),
      environment: { ...process.env, ...sandboxEnvironment(endpoint, env) },
      folder: join(folder, '.peaches'),
    });
    return await seconds(() => work({ folder, stacks, environment }));
  } finally {
    await stopSandbox({ root: folder });
    await rm(folder, { recursive: true, force: true });
  }
};

const range = (runs: readonly number[]): string =>
  `${median(runs).toFixed(1)} | ${Math.min(...runs).toFixed(1)} to ${Math.max(...runs).toFixed(1)}`;

const ours: number[] = [];
const bare: number[] = [];
for (let round = 1; round <= rounds; round++) {
  bare.push(await onEmptyAccount(bareTerraform));
  ours.push(await onEmptyAccount(deployWithPeaches));
  console.error(
    `round ${round}: Terraform ${bare.at(-1)?.toFixed(1)} s, deploy ${ours.at(-1)?.toFixed(1)} s`,
  );
}
const life = await onEmptyAccount(wholeLife);
const ratio = median(ours) / median(bare);
const verdict = (reached: boolean): string => (reached ? 'reached' : '**not reached**');
const section = `## Deploy

${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}).
The FreeWheel account on the emulator, two stacks, an empty account each time, in turns. Load of the machine at the
end (1, 5, 15 minutes): ${loadavg()
  .map((load) => load.toFixed(1))
  .join(', ')}.

| s | median of ${rounds} | range |
| --- | --- | --- |
| \`terraform init\` and \`apply\`, stack by stack | ${range(bare)} |
| \`deploy --yes\`: rules, init, plan shown, that plan applied | ${range(ours)} |

| | seen | goal | |
| --- | --- | --- | --- |
| \`deploy\` against bare Terraform | ${ratio.toFixed(2)}x its time | at most ${GOAL}x | ${verdict(ratio <= GOAL)} |
| up, no difference, destroyed | ${life.toFixed(0)} s | under ${LIFE_GOAL_SECONDS} s | ${verdict(life < LIFE_GOAL_SECONDS)} |
`;
console.log(section);
await record(join(ROOT, 'bench', 'RESULTS.md'), section);
