import type { RuleReport } from '../../policies/rules/check.ts';
import type { Style } from '../output.ts';

/** Findings in red, each with its mend, then how much was looked at. */
export const rulesText = (
  { findings, waived, rulesRun, resourcesSeen }: RuleReport,
  style: Style,
): string => {
  const lines = findings.flatMap(({ rule, stack, address, message, fix }) => [
    style('red', `  ${rule} ${[stack, address].filter(Boolean).join(' ')}: ${message}`),
    `      ${fix}`,
  ]);
  const verdict = findings.length === 0 ? 'nothing found' : `${findings.length} found`;
  const left = waived.length === 0 ? '' : `, ${waived.length} waived`;
  return [...lines, `Rules: ${rulesRun} rules over ${resourcesSeen} resources: ${verdict}${left}`].join('\n');
};

/** Machine form of a rule report. */
export const rulesDocument = ({ findings, waived, rulesRun, resourcesSeen }: RuleReport) => ({
  rules: rulesRun,
  resources: resourcesSeen,
  findings,
  waived: waived.map(({ rule, stack, address, waiver }) => ({
    rule,
    stack,
    address,
    expires: waiver.expires,
  })),
});
