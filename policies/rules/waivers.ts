import type { Waiver } from '../../config/environment.ts';
import { covers } from './documents.ts';
import type { Finding, RuleText } from './rule.ts';

/** A finding that a waiver covers. */
export interface WaivedFinding extends Finding {
  readonly waiver: Waiver;
}

export const waiversRule: RuleText = {
  id: 'T54',
  demand:
    'A waiver names a known rule, gives a reason of at least 20 characters, has not expired and is still needed.',
  reason:
    'A waiver outlives what it was made for unless something asks again; one that covers nothing would hide the next fault at its address.',
  sameAs: {},
};

const LEAST_REASON = 20;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

const isDay = (value: string): boolean => DAY.test(value) && !Number.isNaN(Date.parse(value));

/** @returns what is wrong with the waiver as such, or undefined */
const mistake = (waiver: Waiver, known: ReadonlySet<string>, today: string): string | undefined => {
  if (!known.has(waiver.rule)) return `names ${waiver.rule}, which is no rule that can be waived`;
  if (waiver.reason.trim().length < LEAST_REASON) return `gives no reason of ${LEAST_REASON} characters`;
  if (!isDay(waiver.expires)) return `expires on ${waiver.expires}, which is no date`;
  if (waiver.expires < today) return `expired on ${waiver.expires}`;
  return undefined;
};

/**
 * Takes from the findings what valid waivers cover, and adds what is wrong with the waivers themselves.
 * @param known ids of the rules that can be waived
 * @param today the day in UTC, `2026-11-22`
 */
export const applyWaivers = (
  findings: readonly Finding[],
  waivers: readonly Waiver[],
  known: ReadonlySet<string>,
  today: string,
): { readonly findings: readonly Finding[]; readonly waived: readonly WaivedFinding[] } => {
  const hits = ({ rule, address }: Waiver, finding: Finding): boolean =>
    finding.rule === rule && covers(address, finding.address);
  const judged = waivers.map((waiver) => {
    const wrong = mistake(waiver, known, today);
    const unneeded = !findings.some((finding) => hits(waiver, finding));
    return { waiver, wrong: wrong ?? (unneeded ? 'covers no finding' : undefined) };
  });
  const valid = judged.flatMap(({ waiver, wrong }) => (wrong === undefined ? [waiver] : []));
  const waiverOf = (finding: Finding) => valid.find((waiver) => hits(waiver, finding));
  return {
    findings: [
      ...findings.filter((finding) => waiverOf(finding) === undefined),
      ...judged.flatMap(({ waiver, wrong }) =>
        wrong === undefined
          ? []
          : [
              {
                rule: waiversRule.id,
                stack: '',
                address: waiver.address,
                message: `The waiver of ${waiver.rule} ${wrong}`,
                fix: 'Mend the waiver, or remove it.',
              },
            ],
      ),
    ],
    waived: findings.flatMap((finding) => {
      const waiver = waiverOf(finding);
      return waiver === undefined ? [] : [{ ...finding, waiver }];
    }),
  };
};
