import type { RunReport, StageReport } from '../../etl/runtime/run.ts';
import type { Style } from '../output.ts';
import { size, tableOf, whole } from './table.ts';

/** `slots: 8 units, 1,200 rows in, 3 rejected` */
export const stageLine = (stage: StageReport): string =>
  [
    `${stage.stage}: ${stage.units === 0 ? 'nothing new' : `${whole(stage.units)} units`}`,
    ...(stage.rowsIn > 0 ? [`${whole(stage.rowsIn)} rows in`] : []),
    ...(stage.rowsRejected > 0 ? [`${whole(stage.rowsRejected)} rejected`] : []),
    ...(stage.unitsFailed > 0 ? [`${whole(stage.unitsFailed)} units failed`] : []),
  ].join(', ');

const rowsOf = (rows: number): string => (rows === 1 ? '1 row' : `${whole(rows)} rows`);

/** A run as a table of its stages, then what a person must know: failures, rows that were left out, notes. */
export const runText = (report: RunReport, style: Style): string => {
  const rows = report.stages.map((stage) => [
    stage.stage,
    whole(stage.units),
    whole(stage.rowsIn),
    whole(stage.rowsOut),
    whole(stage.rowsRejected),
    size(stage.bytesIn),
    size(stage.bytesOut),
    stage.seconds.toFixed(1),
  ]);
  const head = ['stage', 'units', 'rows in', 'rows out', 'rejected', 'bytes in', 'bytes out', 'seconds'];
  const failures = report.stages.flatMap(({ stage, failures: failed }) =>
    failed.map(({ unit, reason, detail }) => style('red', `${stage}: ${unit} failed: ${reason}. ${detail}`)),
  );
  const leftOut = report.stages.flatMap(({ stage, rejected, dropped }) => [
    ...Object.entries(rejected).map(([reason, rows]) => `${stage}: ${rowsOf(rows)} rejected: ${reason}`),
    ...Object.entries(dropped).map(([reason, rows]) => `${stage}: ${rowsOf(rows)} dropped: ${reason}`),
  ]);
  const notes = report.stages.flatMap(({ stage, notes: said }) => said.map((note) => `${stage}: ${note}`));
  return [
    style('bold', `${report.feed} ${report.date}`),
    tableOf(head, rows, [1, 2, 3, 4, 5, 6, 7]),
    ...[failures, leftOut, notes].flatMap((lines) => (lines.length > 0 ? ['', ...lines] : [])),
    ...(report.incomplete
      ? ['', style('yellow', 'The day is incomplete until the failed units are mended; its figures say so.')]
      : []),
  ].join('\n');
};
