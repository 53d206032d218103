import { synthFolder } from '../config/paths.ts';
import { refused } from '../errors/errors.ts';
import { checkRules } from '../policies/rules/check.ts';
import type { RuleReport } from '../policies/rules/check.ts';
import type { Output } from './output.ts';
import type { Project } from './project.ts';
import { rulesText } from './views/rules.ts';

/**
 * Runs the rule pack over what was synthesized and shows what it found.
 * @param folder where synthesis wrote
 */
export const showRules = async (
  { root, environment }: Project,
  output: Pick<Output, 'style' | 'event'>,
  folder = synthFolder(root),
): Promise<RuleReport> => {
  const report = await checkRules({ folder, environment, waivers: environment.waivers ?? [] });
  output.event(rulesText(report, output.style));
  return report;
};

/** As `showRules`, before something is applied. @throws RULES_BROKEN */
export const enforceRules = async (
  project: Project,
  output: Pick<Output, 'style' | 'event'>,
): Promise<void> => {
  const { findings } = await showRules(project, output);
  if (findings.length === 0) return;
  const ids = [...new Set(findings.map(({ rule }) => rule))];
  throw refused({
    code: 'RULES_BROKEN',
    message: `The stacks break ${ids.length === 1 ? 'a rule' : `${ids.length} rules`} (${ids.join(', ')}); nothing was changed.`,
    hint: 'Mend what is named above. A rule that must be broken takes a waiver with reason and expiry under "waivers" of the environment; docs/rules.md says what each rule is for.',
    details: { findings },
  });
};
