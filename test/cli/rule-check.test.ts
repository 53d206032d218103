import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesizeProject } from '../../cli/deployment.ts';
import type { Output } from '../../cli/output.ts';
import type { Project } from '../../cli/project.ts';
import { enforceRules } from '../../cli/rule-check.ts';
import type { Environment } from '../../config/environment.ts';
import { anEnvironment } from '../support/environment.ts';

let root: string;
const shown: string[] = [];
const output: Pick<Output, 'style' | 'event'> = {
  style: (_, text) => text,
  event: (line) => void shown.push(line),
};

const project = (more: Partial<Environment> = {}): Project => ({
  root,
  environment: anEnvironment({ feeds: { freewheel: { networkId: '171213' } }, ...more }),
});

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'peaches-rules-'));
  await synthesizeProject(project());
});
afterAll(() => rm(root, { recursive: true }));

test('sound stacks pass, and the line says how much was looked at', async () => {
  await enforceRules(project(), output);
  expect(shown.at(-1)).toMatch(/^Rules: \d{2} rules over \d{2,} resources: nothing found$/);
});

test('a finding refuses: here a waiver that covers nothing', async () => {
  const waiver = {
    rule: 'T21',
    address: 'aws_s3_bucket.none',
    reason: 'kept open for the auditors',
    expires: '2999-01-01',
  };
  await expect(enforceRules(project({ waivers: [waiver] }), output)).rejects.toMatchObject({
    code: 'RULES_BROKEN',
    exitCode: 77,
    message: expect.stringContaining('T54'),
  });
  expect(shown.at(-1)).toContain('T54 aws_s3_bucket.none: The waiver of T21 covers no finding');
});
