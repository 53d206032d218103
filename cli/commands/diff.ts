import { enterAccount } from '../account.ts';
import type { Invocation, Outcome } from '../command.ts';
import { prepareDeployment } from '../deployment.ts';
import { tellLeftOver } from '../left-over.ts';
import { planAll } from '../planning.ts';
import { openProject } from '../project.ts';
import { showRules } from '../rule-check.ts';
import { hasChanges, plansDocument, plansText } from '../views/plan.ts';
import { rulesDocument } from '../views/rules.ts';

const CHANGES_FOUND = 2;

/** `diff`: exit status 2 when a stack would change. */
export const diff = async (invocation: Invocation, _: object, names: readonly string[]): Promise<Outcome> => {
  const { output, signal } = invocation;
  const project = await openProject(invocation);
  const deployment = await prepareDeployment(
    project,
    names,
    (await enterAccount(project)).environment,
    signal,
  );
  const report = await showRules(project, output);
  const plans = await planAll(deployment, output);
  if (names.length === 0) await tellLeftOver(output, project, deployment);
  return {
    document: { ...plansDocument(plans), rules: rulesDocument(report) },
    text: plansText(plans, output.style),
    exitCode: plans.some(hasChanges) ? CHANGES_FOUND : 0,
  };
};
