import { mediatailor } from '../../../../etl/mediatailor/feed.ts';
import { FeedFolder } from '../../support/feed-folder.ts';

export const DATE = '2021-03-01';
export const TABLE = 'cwl_mediatailor_ad_decision_server_interactions';

export type Line = Readonly<Record<string, string | null>>;

export class MediatailorFolder extends FeedFolder {
  constructor() {
    super(mediatailor, { date: DATE });
  }

  /** An object as Firehose would leave it. @param name with its hour: `2021/03/01/10/a` */
  deliver(name: string, content: string | Buffer): Promise<void> {
    return this.put(`mediatailor-logs/${name}`, content);
  }

  /** The published rows of all hours. */
  async rows(): Promise<readonly Line[]> {
    const names = await this.files('mediatailor-data/redshift/');
    const texts = await Promise.all(names.map((name) => this.text(`mediatailor-data/redshift/${name}`)));
    return texts
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  }

  /** Content of what is published, by name, without the time at which it was written. */
  async published(): Promise<Readonly<Record<string, string>>> {
    const found: Record<string, string> = {};
    for (const folder of ['redshift/', 'quicksight/', 'summary/']) {
      for (const name of await this.files(`mediatailor-data/${folder}`)) {
        const content = await this.text(`mediatailor-data/${folder}${name}`);
        found[folder + name] = content.replace(/"asOf":"[^"]*"/, '"asOf":""');
      }
    }
    return found;
  }
}

/** An event of MediaTailor as its message. */
export const message = (fields: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    eventType: 'BEACON_FIRED',
    eventTimestamp: `${DATE}T10:00:00Z`,
    requestId: 'r-1',
    sessionId: 's-1',
    originId: 'linear-1',
    ...fields,
  });

export interface LogEvent {
  readonly id?: unknown;
  readonly timestamp?: unknown;
  readonly message?: unknown;
}

export const at = (time: string, date = DATE): number => Date.parse(`${date}T${time}Z`);

let sequence = 0;

/** A log event with an id of its own. */
export const logEvent = (event: LogEvent = {}): LogEvent => ({
  id: `36${String((sequence += 1))}`,
  timestamp: at('10:00:01.007'),
  message: message(),
  ...event,
});

/** An envelope of CloudWatch. */
export const envelope = (
  logEvents: readonly LogEvent[],
  fields: Readonly<Record<string, unknown>> = {},
): string =>
  JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '111122223333',
    logGroup: 'MediaTailor/AdDecisionServerInteractions',
    logStream: 'a1',
    subscriptionFilters: ['to-firehose'],
    logEvents,
    ...fields,
  });

export const CONTROL = envelope([{ id: '', timestamp: 1, message: 'CWL CONTROL MESSAGE' }], {
  messageType: 'CONTROL_MESSAGE',
});
