import { relative, resolve } from 'node:path';
import { synthFolder } from '../../config/paths.ts';
import type { Invocation, Outcome } from '../command.ts';
import { synthesizeProject } from '../deployment.ts';
import { openProject } from '../project.ts';
import { showRules } from '../rule-check.ts';
import { rulesDocument } from '../views/rules.ts';

const FINDINGS = 1;

/** `synth`: needs neither network nor credentials; exit status 1 when a rule is broken. */
export const synth = async (
  invocation: Invocation,
  { out }: { readonly out: string | undefined },
): Promise<Outcome> => {
  const { cwd, output } = invocation;
  const project = await openProject(invocation);
  const folder = out === undefined ? synthFolder(project.root) : resolve(cwd, out);
  const stacks = await synthesizeProject(project, { outdir: folder });
  const report = await showRules(project, output, folder);
  return {
    document: {
      environment: project.environment.name,
      stacks: stacks.map(({ name, stackName, folder, dependsOn }) => ({
        name,
        stackName,
        folder,
        dependsOn,
      })),
      rules: rulesDocument(report),
    },
    text: stacks
      .map(({ stackName, folder }) => `${stackName}: ${relative(cwd, folder)}/cdk.tf.json`)
      .join('\n'),
    exitCode: report.findings.length > 0 ? FINDINGS : 0,
  };
};
