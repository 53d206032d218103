import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findTerraform } from '../../terraform/find.ts';
import { scripts, type Scripts } from './script.ts';

let bin: Scripts;

beforeEach(async () => {
  bin = await scripts();
});

afterEach(() => bin.remove());

test('terraform comes before tofu', async () => {
  await bin.add('terraform', 'echo "Terraform v1.11.4"; echo "on linux_amd64"');
  await bin.add('tofu', 'echo "OpenTofu v1.10.6"');
  expect(await findTerraform(bin.environment)).toEqual({
    command: 'terraform',
    tool: 'terraform',
    version: '1.11.4',
  });
});

test('tofu serves when terraform is too old', async () => {
  await bin.add('terraform', 'echo "Terraform v1.9.8"');
  await bin.add('tofu', 'echo "OpenTofu v1.10.6"');
  expect(await findTerraform(bin.environment)).toMatchObject({ tool: 'tofu', version: '1.10.6' });
});

test('I9: a Terraform that is too old is told with its version', async () => {
  await bin.add('terraform', 'echo "Terraform v1.5.7"');
  await expect(findTerraform(bin.environment)).rejects.toMatchObject({
    code: 'TERRAFORM_TOO_OLD',
    exitCode: 69,
    message: expect.stringContaining('1.5.7'),
  });
});

test('I9: none at all is told with where to get one', async () => {
  await expect(findTerraform({ PATH: '' })).rejects.toMatchObject({
    code: 'TERRAFORM_MISSING',
    exitCode: 69,
    hint: expect.stringContaining('https://'),
  });
});

test('PEACHES_TERRAFORM is asked alone', async () => {
  await bin.add('terraform', 'echo "Terraform v1.11.4"');
  const chosen = await bin.add('my-terraform', 'echo "Terraform v1.12.0"');
  const environment = { ...bin.environment, PEACHES_TERRAFORM: chosen };
  expect(await findTerraform(environment)).toMatchObject({ command: chosen, version: '1.12.0' });
  const wrong = { ...bin.environment, PEACHES_TERRAFORM: '/nowhere/terraform' };
  await expect(findTerraform(wrong)).rejects.toMatchObject({
    code: 'TERRAFORM_MISSING',
    message: expect.stringContaining('/nowhere/terraform'),
  });
});
