import type { EventDetails, FlatEvent, InteractionRow } from './event-row.ts';

/**
 * An event between the two stages: its row as JSON, a tab (which JSON never holds), its details as JSON. The row
 * is then published as it stands.
 */
export interface EventLine {
  readonly json: string;
  readonly row: InteractionRow;
  readonly details: EventDetails;
}

export const writeEventLine = ({ row, details }: FlatEvent): string =>
  `${JSON.stringify(row)}\t${JSON.stringify(details)}`;

export const readEventLine = (line: string): EventLine => {
  const tab = line.indexOf('\t');
  const json = line.slice(0, tab);
  return {
    json,
    row: JSON.parse(json) as InteractionRow,
    details: JSON.parse(line.slice(tab + 1)) as EventDetails,
  };
};
