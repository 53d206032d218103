import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployedOf, deployerPolicies } from '../policies/deployer.ts';
import { readModel } from '../policies/rules/check.ts';
import { synthesizeProject } from './deployment.ts';
import type { Project } from './project.ts';

/**
 * The least that whoever deploys the environment needs, derived from what its stacks hold now. What is
 * synthesized for it leaves no trace.
 * @returns policy documents as JSON, each small enough for one managed policy
 */
export const deployerOf = async (project: Project): Promise<readonly string[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'peaches-policy-'));
  try {
    await synthesizeProject(project, { outdir: folder });
    const { environment } = project;
    const { stacks } = await readModel({ folder, environment });
    return deployerPolicies(environment, deployedOf(stacks.flatMap(({ resources }) => resources)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
