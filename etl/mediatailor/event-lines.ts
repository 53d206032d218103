/** An event of the day as it came, between the two stages. */
export interface DayEvent {
  readonly logEventId: string;
  /** Milliseconds since 1970. */
  readonly requestTime: number;
  /** The event as it was written. */
  readonly message: string;
}

const SEPARATOR = /[\t\n]/u;

/** Time, id and message with tabs between them; a list in JSON where id or message would break that up. */
export const writeEventLine = ({ requestTime, logEventId, message }: DayEvent): string =>
  message.includes('\n') || SEPARATOR.test(logEventId)
    ? JSON.stringify([requestTime, logEventId, message])
    : `${requestTime}\t${logEventId}\t${message}`;

/** What `writeEventLine` wrote. */
export const readEventLine = (line: string): DayEvent => {
  if (line.startsWith('[')) {
    const [requestTime, logEventId, message] = JSON.parse(line) as [number, string, string];
    return { requestTime, logEventId, message };
  }
  const afterTime = line.indexOf('\t');
  const afterId = line.indexOf('\t', afterTime + 1);
  return {
    requestTime: Number(line.slice(0, afterTime)),
    logEventId: line.slice(afterTime + 1, afterId),
    message: line.slice(afterId + 1),
  };
};
