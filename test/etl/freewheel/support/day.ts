import { freewheel } from '../../../../etl/freewheel/feed.ts';
import { FeedFolder } from '../../support/feed-folder.ts';

export const NETWORK = '171213';
export const DATE = '2022-07-25';

export class FreewheelFolder extends FeedFolder {
  constructor() {
    super(freewheel, { date: DATE, params: { networkId: NETWORK } });
  }

  /** A file as FreeWheel would deliver it. */
  deliver(name: string, content: string | Buffer, date = DATE): Promise<void> {
    return this.put(`fw-prod-v4logs/${NETWORK}/v4logs/${date}/${name}`, content);
  }

  document(key: string): Promise<Record<string, unknown>> {
    return this.json(`freewheel-logs/${key}`);
  }

  /** Content of the outputs, by name, without the time at which they were written. */
  async outputs(): Promise<Readonly<Record<string, string>>> {
    const found: Record<string, string> = {};
    for (const bucket of ['freewheel-logs/', 'freewheel-ids/']) {
      for (const name of await this.files(bucket)) {
        const content = await this.bytes(bucket + name);
        found[bucket + name] = content.toString('latin1').replace(/"asOf":"[^"]*"/, '"asOf":""');
      }
    }
    return found;
  }
}
