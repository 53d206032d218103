import { expect, test } from '@jest/globals';
import { guardLoss } from '../../cli/loss-guard.ts';
import type { Output } from '../../cli/output.ts';
import { createPrompt, type Prompt } from '../../cli/prompt.ts';
import type { PlannedChange, PlanResult } from '../../terraform/plan.ts';
import { lossesOf } from '../../terraform/stateful.ts';

const bucket: PlannedChange = { address: 'aws_s3_bucket.logs', type: 'aws_s3_bucket', action: 'replace' };
const role: PlannedChange = { address: 'aws_iam_role.a', type: 'aws_iam_role', action: 'delete' };

const planOf = (...destructive: PlannedChange[]): PlanResult => ({
  stack: 'foundation',
  planFile: '/x',
  hasChanges: true,
  counts: { add: 0, change: 0, remove: 1, import: 0 },
  changes: destructive,
  destructive,
});

const guarded = async (prompt: Prompt, plan: PlanResult, allowed: string[] = []): Promise<string[]> => {
  const shown: string[] = [];
  const output = {
    style: (format: string, text: string) => `<${format}>${text}`,
    event: (line: string) => void shown.push(line),
  } as Output;
  await guardLoss({ output, prompt }, 'dev', { stack: plan.stack, losses: lossesOf(plan) }, allowed);
  return shown;
};

test('--yes alone does not replace a bucket', async () => {
  await expect(guarded(createPrompt('defaults'), planOf(bucket))).rejects.toMatchObject({
    code: 'DATA_LOSS_REFUSED',
    exitCode: 77,
    message: expect.stringContaining('all objects in it'),
    hint: expect.stringContaining('--allow-replace aws_s3_bucket.logs'),
  });
});

test('its address given, it does; what holds nothing needs no second key', async () => {
  expect(await guarded(createPrompt('defaults'), planOf(bucket, role), [bucket.address])).toEqual([]);
  expect(await guarded(createPrompt('refuse'), planOf(role))).toEqual([]);
});

test("a person types the environment's name, after the loss was shown in red", async () => {
  const checks: unknown[] = [];
  const prompt: Prompt = {
    mode: 'ask',
    ask: ({ check }) => {
      checks.push(check?.('prod'), check?.('dev'));
      return Promise.resolve('dev');
    },
    confirm: () => Promise.resolve(true),
  };
  expect(await guarded(prompt, planOf(bucket))).toEqual([
    '<red>aws_s3_bucket.logs would be replaced; lost with it: all objects in it, every version',
  ]);
  expect(checks).toEqual(['must be dev', undefined]);
});
