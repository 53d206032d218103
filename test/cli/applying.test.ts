import { expect, test } from '@jest/globals';
import { applyStacks, type StackResult } from '../../cli/applying.ts';
import type { Deployment } from '../../cli/deployment.ts';
import type { Output } from '../../cli/output.ts';
import { createPrompt } from '../../cli/prompt.ts';
import type { Environment } from '../../config/environment.ts';
import { failed } from '../../errors/errors.ts';
import type { SynthesizedStack } from '../../stacks/synthesize.ts';
import type { PlanResult } from '../../terraform/plan.ts';
import type { Terraform } from '../../terraform/terraform.ts';

const output: Output = {
  style: (_, text) => text,
  result: () => undefined,
  event: () => undefined,
  warn: () => undefined,
  detail: () => undefined,
  step: (_, work) => work({ note: () => undefined }),
};

const stackOf = (name: string, ...dependsOn: string[]): SynthesizedStack => ({
  name,
  stackName: `acme-dev-${name}`,
  folder: `/nonexistent/${name}`,
  dependsOn,
});

const FIVE = [
  stackOf('foundation'),
  stackOf('warehouse', 'foundation'),
  stackOf('freewheel', 'foundation', 'warehouse'),
  stackOf('fastly', 'foundation'),
  stackOf('metadata', 'foundation'),
];

/** Terraform that adds one resource a stack, in memory. */
const standIn = (
  stack: string,
  broken: readonly string[],
  onApply: (stack: string) => Promise<void>,
): Terraform => {
  const plan: PlanResult = {
    stack,
    planFile: '/nonexistent/plan',
    hasChanges: true,
    counts: { add: 1, change: 0, remove: 0, import: 0 },
    changes: [],
    destructive: [],
  };
  return {
    stack,
    init: () => Promise.resolve(),
    plan: () => Promise.resolve(plan),
    show: () => Promise.resolve({ changes: [], drift: [] } as never),
    apply: async () => {
      await onApply(stack);
      if (!broken.includes(stack)) return plan.counts;
      throw failed({ code: 'TERRAFORM_FAILED', message: `${stack} broke`, hint: 'Mend it.' });
    },
    outputs: () => Promise.resolve({}),
    stateList: () => Promise.resolve([]),
    pullState: () => Promise.resolve(''),
    forget: () => Promise.resolve(),
    forceUnlock: () => Promise.resolve(),
  };
};

/** What becomes of each stack, and what is thrown in the end. */
const applied = async (
  broken: readonly string[],
  signal = new AbortController().signal,
  onApply: (stack: string) => Promise<void> = () => Promise.resolve(),
) => {
  const deployment: Deployment = {
    stacks: FIVE,
    terraform: ({ name }) => standIn(name, broken, onApply),
    environment: { name: 'dev', target: 'sandbox' } as Environment,
    access: {},
    journalFolder: '/nonexistent/journal',
    copiesFolder: '/nonexistent/copies',
    planFile: () => '/nonexistent/plan',
  };
  const results: StackResult[] = [];
  const thrown = await applyStacks({ output, prompt: createPrompt('defaults'), signal }, deployment, results)
    .then(() => undefined)
    .catch((error: unknown) => error);
  return { thrown, became: Object.fromEntries(results.map(({ stack, result }) => [stack, result])) };
};

test('I10: where one stack of five fails, independent ones are finished, dependent ones skipped, the status is 1', async () => {
  const { thrown, became } = await applied(['warehouse']);
  expect(became).toEqual({
    foundation: 'applied',
    warehouse: 'failed',
    freewheel: 'skipped',
    fastly: 'applied',
    metadata: 'applied',
  });
  expect(thrown).toMatchObject({ code: 'TERRAFORM_FAILED', exitCode: 1, message: 'warehouse broke' });
});

test('I10: where several fail, each is told', async () => {
  const { thrown, became } = await applied(['warehouse', 'metadata']);
  expect(became).toMatchObject({
    warehouse: 'failed',
    freewheel: 'skipped',
    fastly: 'applied',
    metadata: 'failed',
  });
  expect(thrown).toMatchObject({
    code: 'STACKS_FAILED',
    exitCode: 1,
    message: expect.stringMatching(/warehouse broke\n.*metadata broke/),
  });
});

test('I10: where the first fails, or the call was interrupted before, nothing else is begun', async () => {
  const skipped = Object.fromEntries(FIVE.map(({ name }) => [name, 'skipped']));
  expect((await applied(['foundation'])).became).toEqual({ ...skipped, foundation: 'failed' });
  expect((await applied([], AbortSignal.abort())).became).toEqual(skipped);
});

test('stacks that do not wait for one another are applied at the same time', async () => {
  const together = ['warehouse', 'fastly', 'metadata'];
  const begun: string[] = [];
  let letGo = (): void => undefined;
  const all = new Promise<void>((resolve) => (letGo = resolve));
  const { thrown, became } = await applied(['warehouse'], undefined, (stack) => {
    begun.push(stack);
    if (together.every((name) => begun.includes(name))) letGo();
    return together.includes(stack) ? all : Promise.resolve();
  });
  expect(thrown).toMatchObject({ message: 'warehouse broke' });
  expect(begun).toEqual(['foundation', ...together]);
  expect(became).toMatchObject({ warehouse: 'failed', fastly: 'applied', metadata: 'applied' });
});
