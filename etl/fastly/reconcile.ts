import { failed, type PeachesError } from '../../errors/errors.ts';
import { fingerprintOf } from '../runtime/fingerprint.ts';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import { totalsName, type DayTotals, type Reconciliation } from './documents.ts';
import type { FastlyParams } from './params.ts';
import { readBandwidth } from './stats-api.ts';

type Context = StageContext<FastlyParams>;

const DAILY = 'data/daily/';
const RECORDS = 'data/reconciliation/';

const today = ({ now }: Pick<Context, 'now'>): string => now().toISOString().slice(0, 10);

const tokenOf = async ({ secrets, feed }: Pick<Context, 'secrets' | 'feed'>): Promise<string | undefined> =>
  (await secrets.get(feed, 'api'))?.['token'];

const differs = (record: Reconciliation): PeachesError =>
  failed({
    code: 'FASTLY_BYTES_DIFFER',
    message: `The logs of ${record.date} hold ${record.logBytes} bytes, Fastly's statistics ${record.statsBytes}.`,
    hint: 'Look for log files that did not arrive or are in quarantine, and for services that do not log here (parameter services). The figures stay published.',
    details: record,
  });

/** Compares what the logs say of a day with what Fastly's statistics say. */
class Comparing implements StageWork {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  async work(_unit: Unit, ports: UnitPorts): Promise<UnitResult> {
    const { date, params, now, incomplete, signal, log } = this.#context;
    const token = await tokenOf(this.#context);
    const compared = { rowsIn: 0, rowsOut: 0 };
    if (token === undefined)
      return {
        ...compared,
        notes: ['There is no Fastly token (secret fastly-api): bytes were not compared.'],
      };
    if (date >= today(this.#context))
      return { ...compared, notes: [`${date} is not over: Fastly has no statistics of it yet.`] };
    const totals = JSON.parse((await ports.reads(DAILY).bytes(totalsName(date))).toString()) as DayTotals;
    const statsBytes = await readBandwidth({
      ...{ baseUrl: params.apiUrl, token, date, services: params.services, signal },
      onRetry: (error) => log.warn('Fastly API asked again', { why: String(error) }),
    });
    const gap = Math.abs(totals.bytes - statsBytes);
    const record: Reconciliation = {
      ...{ date, asOf: now().toISOString(), ...(incomplete && { incomplete: true as const }) },
      services: params.services,
      logBytes: totals.bytes,
      statsBytes,
      difference: statsBytes === 0 ? null : gap / statsBytes,
      tolerance: params.tolerance,
      isWithinTolerance: gap <= params.tolerance * statsBytes,
    };
    await ports.writes(RECORDS).put(`date=${date}.json`, `${JSON.stringify(record)}\n`, { lasting: true });
    if (!record.isWithinTolerance) throw differs(record);
    return compared;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Compares the bytes of a day with Fastly's statistics; a difference beyond the tolerance fails the unit,
 * which raises the feed's alarm, and is looked at again the next day. Without a token a note says so.
 */
const stage: StageCode<FastlyParams> = {
  async units(context) {
    const totals = await context.reads(DAILY).head(totalsName(context.date));
    if (totals === undefined) return [];
    const { services, tolerance, apiUrl } = context.params;
    const known = (await tokenOf(context)) !== undefined;
    const asked = known ? today(context) : 'without-token';
    return [{ id: 'bytes', fingerprint: fingerprintOf(totals.etag, services, tolerance, apiUrl, asked) }];
  },
  open: (context) => Promise.resolve(new Comparing(context)),
};

export default stage;
