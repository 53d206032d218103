import type { StageContext } from '../runtime/stage.ts';

/** What every JSON output says of itself; `incomplete` only when a unit of the day has failed. */
export interface Heading {
  readonly date: string;
  readonly class: string;
  readonly asOf: string;
  readonly incomplete?: true;
}

/** The heading of an output that is written now. */
export const headingOf = (context: StageContext, breakClass: string): Heading => ({
  date: context.date,
  class: breakClass,
  asOf: context.now().toISOString(),
  ...(context.incomplete && { incomplete: true }),
});

export const DIMENSIONS = ['series', 'sites', 'site-sections', 'platform-devices'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** Dimensions whose ids FreeWheel has names for. */
export const NAMED_DIMENSIONS = ['series', 'sites', 'site-sections'] as const;
export type NamedDimension = (typeof NAMED_DIMENSIONS)[number];

/** The figures of one id over a class and day; impressions of average length, null without an average. */
export interface Item {
  readonly id: string;
  readonly breaks: number;
  readonly maxAds: number;
  readonly adsSelected: number;
  readonly timeUnfilledSeconds: number;
  readonly adDurationSeconds: number;
  readonly maxDurationSeconds: number;
  readonly capacityImpressions: number | null;
  readonly unsoldImpressions: number | null;
  readonly soldImpressions: number | null;
}

/** `by-item/class=…/date=…/<dimension>.json`. */
export interface ItemsDocument extends Heading {
  readonly dimension: Dimension;
  /** ΣAdDuration / ΣAdsSelected of class and day, null when no ad was selected. */
  readonly averageCreativeSeconds: number | null;
  readonly items: readonly Item[];
}

export interface NamedItem extends Item {
  /** Null when the dictionary does not know the id. */
  readonly name: string | null;
}

/** `load/class=…/date=…/<dimension>.json`. */
export interface NamedItemsDocument extends Heading {
  readonly dimension: NamedDimension;
  readonly averageCreativeSeconds: number | null;
  /** Items without a name. */
  readonly unnamed: number;
  readonly items: readonly NamedItem[];
}

/** `filtered/class=…/date=…/summary.json`; all durations in seconds. */
export interface SummaryDocument extends Heading {
  /** Files of the day that could be used. */
  readonly files: number;
  readonly slots: number;
  readonly adOpportunitiesSeconds: number;
  readonly missedOpportunitiesSeconds: number;
  readonly monetizedSeconds: number;
  readonly unsoldSeconds: number;
  /** 1 − missed / opportunities, null without opportunities. */
  readonly sellThrough: number | null;
  readonly rowsRejected: number;
}

/** A document as it is stored. */
export const render = (document: Heading): string => `${JSON.stringify(document)}\n`;
