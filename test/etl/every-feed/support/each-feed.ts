import { afterEach, beforeEach, describe } from '@jest/globals';
import type { FeedDeclaration } from '../../../../etl/feed.ts';
import { feeds } from '../../../../etl/feeds.ts';
import type { RunReport } from '../../../../etl/runtime/run.ts';
import { DayFolder } from './day-folder.ts';

/** Declares tests of every registered feed; `day()` is a folder that each test has for itself. */
export const describeEachFeed = (
  title: string,
  tests: (day: () => DayFolder, feed: FeedDeclaration) => void,
): void => {
  describe.each(feeds.map((feed) => [feed.name, feed] as const))(`${title}: %s`, (_name, feed) => {
    let day: DayFolder;
    beforeEach(async () => {
      day = await DayFolder.open(feed);
    });
    afterEach(() => day.remove());
    tests(() => day, feed);
  });
};

/** Units that each stage worked. */
export const unitsOf = (report: RunReport): readonly number[] => report.stages.map(({ units }) => units);

/** Why units failed, in all stages, by unit. */
export const reasonsOf = (report: RunReport): readonly string[] =>
  report.stages.flatMap(({ failures }) => failures.map(({ reason }) => reason)).sort();
