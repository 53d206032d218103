import { rangeOfDay } from '../runtime/dates.ts';
import { fingerprintOf } from '../runtime/fingerprint.ts';
import { jsonRows } from '../runtime/json-rows.ts';
import type { StoredObject } from '../runtime/object-store.ts';
import { publishedRows } from '../runtime/published-rows.ts';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import type { Load, Row } from '../runtime/warehouse.ts';
import { DayPublication, EVENTS, QUICKSIGHT, REDSHIFT } from './day-publication.ts';
import { EVENTS_EXPIRE_DAYS, type MediatailorParams } from './params.ts';
import { checkPermissions } from './permissions.ts';
import { quickSightManifest } from './quicksight.ts';
import {
  adEventTypeTable,
  errorTable,
  fillrateTable,
  impressionBeaconTable,
  interactionsTable,
  uniqueUsersTable,
} from './tables.ts';

type Context = StageContext<MediatailorParams>;

const SUMMARY = 'data/summary/';

const EVENTS_UNIT = 'events';
const PERMISSIONS = 'permission.csv';

const MS_PER_DAY = 86_400_000;

const summaryOf = (date: string): string => `date=${date}/summary.json`;

/** Publishes a day's events and loads them. */
class DayLoading {
  readonly #context: Context;
  readonly #ports: UnitPorts;
  readonly #publication: DayPublication;

  constructor(context: Context, ports: UnitPorts) {
    this.#context = context;
    this.#ports = ports;
    this.#publication = new DayPublication(context, ports);
  }

  /** @param batch equal for equal events */
  async run(batch: string): Promise<UnitResult> {
    await this.#publication.run();
    const { rowsIn, rowsOut, duplicates, notes } = this.#publication;
    const out = this.#ports.writes(QUICKSIGHT);
    const manifest = quickSightManifest({ URIPrefixes: [out.uri('data/')] });
    await out.put('manifest.json', manifest, { lasting: true });
    await this.#summarize();
    const dropped = duplicates > 0 ? { duplicate: duplicates } : {};
    return { rowsIn, rowsOut, dropped, notes: [...notes, ...(await this.#store(batch))] };
  }

  async #summarize(): Promise<void> {
    const { date, incomplete, now } = this.#context;
    const { figures, duplicates } = this.#publication;
    const { events, eventTypes, originFills } = figures;
    const summary = {
      date,
      asOf: now().toISOString(),
      ...(incomplete && { incomplete: true }),
      ...{ events, duplicates, eventTypes, fillRates: originFills },
    };
    await this.#ports.writes(SUMMARY).put(summaryOf(date), `${JSON.stringify(summary)}\n`);
  }

  /** Replaces the day in all tables in one transaction. @returns what to say about it */
  async #store(batch: string): Promise<readonly string[]> {
    const { warehouse, date } = this.#context;
    if (warehouse === undefined) return ['There is no warehouse: the tables were not loaded.'];
    const range = rangeOfDay(date);
    const { figures, files } = this.#publication;
    const aggregate = (table: Load['table'], rows: readonly Row[]): Load => ({
      ...{ table, batch, rows },
      scope: { query_date: range },
    });
    const [interactions] = await warehouse.load([
      {
        ...{ table: interactionsTable, batch, scope: { request_time: range } },
        rows: publishedRows(this.#ports.reads(REDSHIFT), files, interactionsTable, jsonRows),
        expected: () => figures.events,
      },
      aggregate(fillrateTable, figures.fillrate),
      aggregate(adEventTypeTable, figures.adEventType),
      aggregate(errorTable, figures.error),
      aggregate(uniqueUsersTable, figures.uniqueUsers),
      aggregate(impressionBeaconTable, figures.impressionBeacon),
    ]);
    return interactions?.loaded === true ? [] : ['The tables hold these events already.'];
  }
}

/** Columns that rules must have: those of the data set, if there is one. */
const ruleColumns = ({ quicksightUsers, quicksightRules }: MediatailorParams) =>
  quicksightUsers.length === 0 ? undefined : quicksightRules;

/** Publishes the rules of who sees which rows in QuickSight. */
const publishPermissions = async (ports: UnitPorts, params: MediatailorParams): Promise<UnitResult> => {
  const { csv, rules, unrestricted } = checkPermissions(
    await ports.reads('data/').bytes(PERMISSIONS),
    ruleColumns(params),
  );
  const out = ports.writes(QUICKSIGHT);
  const name = `permissions/${PERMISSIONS}`;
  await out.put(name, csv, { lasting: true });
  const manifest = quickSightManifest({ URIs: [out.uri(name)] });
  await out.put('permissions.manifest.json', manifest, { lasting: true });
  const lines = unrestricted.join(', ');
  const notes = unrestricted.length === 0 ? [] : [`permission.csv restricts nothing in line ${lines}.`];
  return { rowsIn: rules, rowsOut: rules, notes };
};

/** Whether parts that were there when the day was published may have expired since: they are not to take it with them. */
const mayHaveExpired = ({ modified }: StoredObject, now: Date): boolean =>
  modified !== undefined && now.getTime() - modified.getTime() >= EVENTS_EXPIRE_DAYS * MS_PER_DAY;

/**
 * Publishes the day: rows for the warehouse, files for QuickSight, figures. A unit is the whole day, so that its
 * rows and figures are replaced in one transaction; another is the file of row-level rules.
 */
const stage: StageCode<MediatailorParams> = {
  async units(context) {
    const { date, params, warehouse } = context;
    const parts = await context.reads(EVENTS).list(`date=${date}/`);
    const summary = await context.reads(SUMMARY).head(summaryOf(date));
    const isKnown = summary !== undefined && !mayHaveExpired(summary, context.now());
    const rules = await context.reads('data/').head(PERMISSIONS);
    const inputs = parts.map(({ key, etag }) => [key, etag]);
    const isEmpty = parts.length === 0 && !isKnown && !context.incomplete;
    const fingerprint = fingerprintOf(inputs, params.beaconUri, context.incomplete, warehouse !== undefined);
    return [
      ...(isEmpty ? [] : [{ id: EVENTS_UNIT, fingerprint }]),
      ...(rules === undefined
        ? []
        : [{ id: PERMISSIONS, fingerprint: fingerprintOf(rules.etag, ruleColumns(params)) }]),
    ];
  },
  open: (context): Promise<StageWork> =>
    Promise.resolve({
      work: ({ id, fingerprint }: Unit, ports: UnitPorts) =>
        id === PERMISSIONS
          ? publishPermissions(ports, context.params)
          : new DayLoading(context, ports).run(fingerprint),
      close: () => Promise.resolve(),
    }),
};

export default stage;
