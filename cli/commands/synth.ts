import { relative, resolve } from 'node:path';
import type { Invocation, Outcome } from '../command.ts';
import { synthesizeProject } from '../deployment.ts';
import { openProject } from '../project.ts';

/** `synth`: needs neither network nor credentials. */
export const synth = async (
  invocation: Invocation,
  { out }: { readonly out: string | undefined },
): Promise<Outcome> => {
  const { cwd } = invocation;
  const project = await openProject(invocation);
  const stacks = await synthesizeProject(project, out === undefined ? undefined : resolve(cwd, out));
  return {
    document: {
      environment: project.environment.name,
      stacks: stacks.map(({ name, stackName, folder, dependsOn }) => ({
        name,
        stackName,
        folder,
        dependsOn,
      })),
    },
    text: stacks
      .map(({ stackName, folder }) => `${stackName}: ${relative(cwd, folder)}/cdk.tf.json`)
      .join('\n'),
  };
};
