import { Buffer } from 'node:buffer';
import { createReadStream, createWriteStream, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { URL } from 'node:url';
import { createGunzip } from 'node:zlib';

/**
 * The day as a short program with Node's streams does it: unpack, split, flatten, write NDJSON and CSV, sum up.
 * No ledger, no quarantine, no warehouse. Arguments: folder of the logs, folder for the output, day.
 */
const [logs, out, date] = process.argv.slice(2);

const unpack = async (file) => {
  let text = '';
  const first = createReadStream(file, { end: 1 });
  let head = '';
  for await (const chunk of first) head += chunk.toString('hex');
  let stream = createReadStream(file);
  if (head === '1f8b') stream = stream.pipe(createGunzip());
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (bytes[0] !== 0x1f) return bytes.toString();
  const inner = createGunzip();
  inner.end(bytes);
  for await (const chunk of inner.setEncoding('utf8')) text += chunk;
  return text;
};

const eventsOf = (text) => {
  if (text.startsWith('{"eventType"')) {
    const messages = text.split(/\n|(?<=\})(?=\{"eventType")/).filter(Boolean);
    return messages.map((message) => {
      const event = JSON.parse(message);
      return { id: message, timestamp: Date.parse(event.eventTimestamp), message, event };
    });
  }
  return text
    .split(/\n|(?<=\})(?=\{"messageType")/)
    .filter(Boolean)
    .flatMap((envelope) => JSON.parse(envelope).logEvents)
    .map((logEvent) => ({ ...logEvent, event: JSON.parse(logEvent.message) }));
};

const rowOf = ({ id, timestamp, message, event }) => {
  const { beaconInfo = {} } = event;
  const [agent = {}, forwarded = {}] = beaconInfo.headers ?? [];
  return {
    request_time: new Date(timestamp).toISOString(),
    aws_account_id: event.awsAccountId,
    customer_id: event.customerId,
    event_description: event.eventDescription,
    event_timestamp: new Date(event.eventTimestamp).toISOString(),
    event_type: event.eventType,
    origin_id: event.originId,
    request_id: event.requestId,
    session_id: event.sessionId,
    session_type: event.sessionType,
    beacon_info_beacon_http_response_code: beaconInfo.beaconHttpResponseCode,
    beacon_info_beacon_uri: beaconInfo.beaconUri && new URL(beaconInfo.beaconUri).origin,
    beacon_info_headers_0_name: agent.name,
    beacon_info_headers_0_value: agent.value,
    beacon_info_headers_1_name: forwarded.name,
    beacon_info_headers_1_value: forwarded.value,
    beacon_info_tracking_event: beaconInfo.trackingEvent,
    message1: message,
    log_event_id: id,
  };
};

const field = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

const seen = new Set();
const eventTypes = {};
const fills = {};
const [ndjson, csv] = [createWriteStream(join(out, 'rows.json')), createWriteStream(join(out, 'rows.csv'))];
const names = readdirSync(logs, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
for (const entry of names) {
  const lines = { ndjson: '', csv: '' };
  for (const logEvent of eventsOf(await unpack(join(entry.parentPath, entry.name)))) {
    const row = rowOf(logEvent);
    if (!row.request_time.startsWith(date) || seen.has(row.log_event_id)) continue;
    seen.add(row.log_event_id);
    lines.ndjson += `${JSON.stringify(row)}\n`;
    const shown = { ...row, message1: undefined };
    lines.csv += `${Object.values(shown)
      .map((value) => field(String(value ?? '')))
      .join(',')}\n`;
    eventTypes[row.event_type] = (eventTypes[row.event_type] ?? 0) + 1;
    if (!row.event_type.startsWith('FILLED_')) continue;
    const fill = (fills[row.origin_id] ??= { filled: 0, avail: 0 });
    fill.filled += logEvent.event.avail.filledDuration;
    fill.avail += logEvent.event.avail.originAvailDuration;
  }
  if (!ndjson.write(lines.ndjson)) await new Promise((resolve) => ndjson.once('drain', resolve));
  if (!csv.write(lines.csv)) await new Promise((resolve) => csv.once('drain', resolve));
}
await Promise.all([ndjson, csv].map((file) => new Promise((resolve) => file.end(resolve))));
writeFileSync(join(out, 'figures.json'), JSON.stringify({ events: seen.size, eventTypes, fills }));
