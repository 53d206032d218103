import type { UnitPorts, StageCode, StageContext, UnitResult } from '../runtime/stage.ts';
import { ApiClient } from './api-client.ts';
import { readList, type Listing, type Resource } from './api-lists.ts';

/** What the stage needs of the feed's parameters. */
interface IdsParams {
  readonly apiUrl: string;
}

const IDS = 'ids/';
/** Says when the names were last read, so that the days of one run don't each read them anew. */
const FETCHED = 'fetched.json';
const DICTIONARIES: Readonly<Record<string, Resource>> = {
  series: 'series',
  sites: 'sites',
  'site-sections': 'site_sections',
};

const keyOf = (dictionary: string): string => `${dictionary}/names.json`;

const today = ({ now }: Pick<StageContext, 'now'>): string => now().toISOString().slice(0, 10);

const credentialsOf = async ({ secrets, feed }: Pick<StageContext, 'secrets' | 'feed'>) => {
  const { username, password } = (await secrets.get(feed, 'api')) ?? {};
  return username === undefined || password === undefined ? undefined : { username, password };
};

/** @returns undefined when the object is not there */
const readText = async (ports: Pick<UnitPorts, 'reads'>, name: string): Promise<string | undefined> => {
  const ids = ports.reads(IDS);
  return (await ids.head(name)) && (await ids.bytes(name)).toString();
};

/** `{"<id>":"<name>"}` by id, so that equal names are equal bytes. */
const render = (names: Listing['names']): string => {
  const byId = [...names].sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(byId))}\n`;
};

/** Stores one dictionary if it has changed and is not empty. */
const publish = async (ports: UnitPorts, dictionary: string, { names }: Listing): Promise<void> => {
  const key = keyOf(dictionary);
  const text = render(names);
  if (names.size === 0 || text === (await readText(ports, key))) return;
  await ports.writes(IDS).put(key, text, { lasting: true });
};

const withoutCredentials = async (ports: UnitPorts): Promise<UnitResult> => {
  const there: string[] = [];
  for (const dictionary of Object.keys(DICTIONARIES)) {
    if (await ports.reads(IDS).head(keyOf(dictionary))) there.push(dictionary);
  }
  const serving =
    there.length === 0 ? 'there are none yet, items stay unnamed' : `names of ${there.join(', ')} serve`;
  return {
    rowsIn: 0,
    rowsOut: 0,
    notes: [
      `No FreeWheel API credentials (secret freewheel-api): the names already stored are used; ${serving}.`,
    ],
  };
};

const refresh = async (
  context: StageContext<IdsParams>,
  client: ApiClient,
  ports: UnitPorts,
): Promise<UnitResult> => {
  const listings: (readonly [string, Listing])[] = [];
  for (const [dictionary, resource] of Object.entries(DICTIONARIES)) {
    listings.push([dictionary, await readList(client, resource)]);
  }
  for (const [dictionary, listing] of listings) await publish(ports, dictionary, listing);
  const notes = listings
    .filter(([, { names }]) => names.size === 0)
    .map(
      ([dictionary]) => `FreeWheel's API lists no ${dictionary}: the names of before, if any, still serve.`,
    );
  const sum = (of: (listing: Listing) => number): number =>
    listings.reduce((total, [, listing]) => total + of(listing), 0);
  const counts = Object.fromEntries(listings.map(([dictionary, { names }]) => [dictionary, names.size]));
  const fetched = JSON.stringify({ asOf: context.now().toISOString(), names: counts });
  await ports.writes(IDS).put(FETCHED, `${fetched}\n`, { lasting: true });
  const rejected = listings.flatMap(([, listing]) => listing.rejected);
  if (rejected.length > 0) await ports.quarantine.rows(rejected);
  return {
    rowsIn: sum(({ items }) => items),
    rowsOut: sum(({ names }) => names.size),
    dropped: { duplicate: sum(({ duplicates }) => duplicates) },
    rejected: rejected.length > 0 ? { 'item-without-name': rejected.length } : {},
    notes,
  };
};

/**
 * Keeps the dictionaries `{series,sites,site-sections}/names.json` in step with FreeWheel's API, once a UTC
 * day at most. All three lists are read before the first is published; when one can't be read, the names of
 * before stay and the unit fails. Without credentials the stored names serve, and a note says so.
 */
const stage: StageCode<IdsParams> = {
  async units(context) {
    const known = (await credentialsOf(context)) !== undefined;
    return [{ id: 'names', fingerprint: known ? today(context) : 'without-credentials' }];
  },

  async open(context) {
    const credentials = await credentialsOf(context);
    const client =
      credentials &&
      new ApiClient({
        baseUrl: context.params.apiUrl,
        credentials,
        signal: context.signal,
        onRetry: (error) => context.log.warn('FreeWheel API asked again', { why: String(error) }),
      });
    return {
      async work(_unit, ports) {
        if (client === undefined) return withoutCredentials(ports);
        const fetched = await readText(ports, FETCHED);
        if (fetched?.startsWith(`{"asOf":"${today(context)}T`)) return { rowsIn: 0, rowsOut: 0 };
        return refresh(context, client, ports);
      },
      close: () => Promise.resolve(),
    };
  },
};

export default stage;
