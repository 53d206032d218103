import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DemoFeed } from '../../../cli/demo/demo-feed.ts';
import { cmsLite } from '../../../etl/cms-lite/feed.ts';
import { fastly } from '../../../etl/fastly/feed.ts';
import { freewheel } from '../../../etl/freewheel/feed.ts';
import { mediatailor } from '../../../etl/mediatailor/feed.ts';
import { tvMetadata } from '../../../etl/tv-metadata/feed.ts';
import { generateCmsLiteArchive } from '../../../examples/cms-lite-archive.ts';
import { generateFastlyDay } from '../../../examples/fastly-day.ts';
import { generateFreewheelDay } from '../../../examples/freewheel-day.ts';
import { generateMediatailorDay } from '../../../examples/mediatailor-day.ts';
import { generateTvMetadataDay } from '../../../examples/tv-metadata-day.ts';

/** A small day of every feed, and what its tables must hold by the generators' own records. */

export const DATE = '2026-03-01';

type Rows = readonly Readonly<Record<string, string | number | null>>[];

interface GeneratedDay extends Omit<DemoFeed, 'params'> {
  /** Asked once the day is laid out: the rows of each of `tables`. */
  readonly expected: () => readonly { readonly title: string; readonly rows: Rows }[];
}

const counted = (values: readonly string[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const value of values.toSorted()) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

const freewheelDay = (): GeneratedDay => {
  let rows: Rows = [];
  const title = 'capacity by class';
  return {
    feed: freewheel,
    async layOut(folder, date) {
      const truth = await generateFreewheelDay({
        folder: join(folder, 'fw-prod-v4logs'),
        ...{ date, networkId: '171213', files: 3, megabytesPerFile: 0.3, seed: 7 },
      });
      await mkdir(join(folder, 'freewheel-ids', 'series'), { recursive: true });
      await writeFile(
        join(folder, 'freewheel-ids', 'series', 'names.json'),
        JSON.stringify(truth.names.series),
      );
      rows = ['midroll', 'overlay', 'preroll'].map((name) => {
        const { sums, items } = truth.classes[name] ?? { sums: undefined, items: undefined };
        return {
          class: name,
          items: Object.keys(items?.series ?? {}).length,
          breaks: sums?.breaks ?? 0,
          ads: sums?.adsSelected ?? 0,
          most_ads: sums?.maxAds ?? 0,
          offered: sums?.maxDuration ?? 0,
          unfilled: sums?.timeUnfilled ?? 0,
          filled: sums?.adDuration ?? 0,
        };
      });
      return '';
    },
    tables: [
      {
        title,
        columns: {
          class: 'text',
          ...{ items: 'whole', breaks: 'whole', ads: 'whole', most_ads: 'whole' },
          ...{ offered: 'whole', unfilled: 'whole', filled: 'whole' },
        },
        sql: `
          SELECT class, count(*) AS items, sum(breaks) AS breaks, sum(ads_selected) AS ads,
            sum(max_ads) AS most_ads, sum(max_duration_seconds) AS offered,
            sum(time_unfilled_seconds) AS unfilled, sum(ad_duration_seconds) AS filled
          FROM freewheel_capacity WHERE dimension = 'series' GROUP BY class ORDER BY class`,
      },
    ],
    expected: () => [{ title, rows }],
  };
};

const mediatailorDay = (): GeneratedDay => {
  const types: string[] = [];
  const title = 'events by type';
  return {
    feed: mediatailor,
    async layOut(folder, date) {
      await generateMediatailorDay({
        folder: join(folder, 'mediatailor-logs'),
        ...{ date, objects: 16, eventsPerObject: 120, seed: 7 },
        onEvent: ({ eventType }) => types.push(eventType),
      });
      return '';
    },
    tables: [
      {
        title,
        columns: { type: 'text', events: 'whole', counted: 'whole' },
        sql: `
          SELECT i.event_type AS type, count(*) AS events, min(t.counted) AS counted
          FROM cwl_mediatailor_ad_decision_server_interactions AS i
          JOIN (SELECT event_type, sum(event_count) AS counted FROM cwl_mediatailor_ad_event_type GROUP BY event_type) AS t
            ON t.event_type = i.event_type
          GROUP BY i.event_type ORDER BY i.event_type`,
      },
    ],
    expected: () => [
      { title, rows: [...counted(types)].map(([type, events]) => ({ type, events, counted: events })) },
    ],
  };
};

const tvMetadataDay = (): GeneratedDay => {
  let rows: Rows = [];
  const title = 'rows of the nine tables';
  const arrays = Object.keys(tvMetadata.tables ?? {}).toSorted();
  return {
    feed: tvMetadata,
    async layOut(folder, date) {
      const { be } = await generateTvMetadataDay({
        folder: join(folder, 'tv-metadata-source'),
        ...{ date, regions: ['be'], titles: 30, seed: 7 },
      });
      rows = arrays.map((name) => ({ name, elements: be?.rows[name] ?? 0 }));
      return '';
    },
    tables: [
      {
        title,
        columns: { name: 'text', elements: 'whole' },
        sql: `${arrays.map((name) => `SELECT '${name}' AS name, count(*) AS elements FROM tv_aug_${name}_metadata WHERE region = 'be'`).join(' UNION ALL ')} ORDER BY name`,
      },
    ],
    expected: () => [{ title, rows }],
  };
};

const fastlyDay = (): GeneratedDay => {
  const sums = { requests: 0, bytes: 0, starts: 0 };
  const title = 'requests of the day';
  return {
    feed: fastly,
    async layOut(folder, date) {
      await generateFastlyDay({
        folder: join(folder, 'fastly-logs'),
        ...{ date, files: 6, requestsPerFile: 200, seed: 7 },
        onRequest: ({ at, url, headerBytes, bodyBytes }) => {
          if (!at.toISOString().startsWith(date)) return;
          sums.requests += 1;
          sums.bytes += headerBytes + bodyBytes;
          if (url.endsWith('/live.m3u8')) sums.starts += 1;
        },
      });
      return '';
    },
    tables: [
      {
        title,
        columns: { requests: 'whole', bytes: 'whole', starts: 'whole' },
        sql: `SELECT sum(request_count) AS requests, sum(request_size_bytes) AS bytes, sum(channel_start) AS starts
          FROM fastly_log_aggregated_metadata`,
      },
    ],
    expected: () => [{ title, rows: [sums] }],
  };
};

const cmsLiteDay = (): GeneratedDay => {
  const activities: string[] = [];
  let rows: Rows = [];
  const TABLES = {
    cms_group: 'analytics_group',
    user_activity: 'analytics_user_activity',
    user_group: 'analytics_user_group',
    user_status: 'analytics_user_status',
  } as const;
  return {
    feed: cmsLite,
    async layOut(folder, date) {
      const truth = await generateCmsLiteArchive({
        folder: join(folder, 'cms-lite-archives'),
        ...{ name: 'cms-analytics-csv.20260301.tgz', date, rows: 600, seed: 7 },
        onRow: ({ file, values }) => {
          if (file === 'analytics_user_activity') activities.push(String(values['activity_type']));
        },
      });
      rows = Object.entries(TABLES).map(([name, file]) => ({ name, elements: truth.rows[file] }));
      return '';
    },
    tables: [
      {
        title: 'rows of the tables',
        columns: { name: 'text', elements: 'whole' },
        sql: `${Object.keys(TABLES)
          .map((name) => `SELECT '${name}' AS name, count(*) AS elements FROM cmslite.${name}`)
          .join(' UNION ALL ')} ORDER BY name`,
      },
      {
        title: 'activity',
        columns: { type: 'text', times: 'whole' },
        sql: 'SELECT activity_type AS type, count(*) AS times FROM cmslite.user_activity GROUP BY activity_type ORDER BY activity_type',
      },
    ],
    expected: () => [
      { title: 'rows of the tables', rows },
      { title: 'activity', rows: [...counted(activities)].map(([type, times]) => ({ type, times })) },
    ],
  };
};

export const generatedDays: Readonly<Record<string, GeneratedDay>> = {
  freewheel: freewheelDay(),
  mediatailor: mediatailorDay(),
  'tv-metadata': tvMetadataDay(),
  fastly: fastlyDay(),
  'cms-lite': cmsLiteDay(),
};
