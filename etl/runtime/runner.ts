import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, PeachesError } from '../../errors/errors.ts';
import type { StageDeclaration } from '../feed.ts';
import { findStage } from '../find-stage.ts';
import { Ledger } from './ledger.ts';
import { thisProcess, toFileName } from './process-identity.ts';
import { newRunId, writeRunRecord, type RunRecord } from './run-records.ts';
import type { RunReport, RunRequest, StageReport } from './run.ts';
import { StageRun } from './stage-run.ts';

const UNVERSIONED = 'unversioned';

/** @throws UNKNOWN_STAGE */
const stagesOf = ({ feed, stage }: RunRequest): readonly (readonly [string, StageDeclaration])[] =>
  stage === undefined ? Object.entries(feed.stages) : [[stage, findStage(feed, stage)]];

/** Whether a unit of the day has failed in a stage before those that run now. */
const failedEarlier = async ({ feed, date, place }: RunRequest, first: string): Promise<boolean> => {
  for (const stage of Object.keys(feed.stages)) {
    if (stage === first) return false;
    const ledger = new Ledger({
      store: place.store,
      bucket: place.operations,
      feed: feed.name,
      stage,
      date,
    });
    for (const { entry } of (await ledger.read()).values()) if (entry.status === 'failed') return true;
  }
  return false;
};

/** Turns `thrown` into what the run record says of it. */
const failureOf = (thrown: unknown): Pick<RunRecord, 'status' | 'error'> => ({
  status: thrown instanceof PeachesError && thrown.kind === 'interrupted' ? 'interrupted' : 'failed',
  error: { code: thrown instanceof PeachesError ? thrown.code : 'UNEXPECTED', message: messageOf(thrown) },
});

/**
 * Runs one stage of a feed, or all in order, for one day: only what is new or has changed. Units that fail
 * are told in the report and stop nothing; every stage leaves a run record, also when it fails as a whole.
 *
 * @returns what was done; `incomplete` when a unit of the day stands as failed
 * @throws the error that stopped a stage, after its run record was written; later stages have not run
 */
export const runFeed = async (request: RunRequest): Promise<RunReport> => {
  const { feed, date, place, log } = request;
  const now = request.now ?? (() => new Date());
  const version = request.version ?? UNVERSIONED;
  const stages = stagesOf(request);
  const run = newRunId(now());
  const scratch = join(place.scratch, `${toFileName(thisProcess())}~${run}`);
  const reports: StageReport[] = [];
  let incomplete = await failedEarlier(request, stages[0]?.[0] ?? '');
  try {
    for (const [stage, declaration] of stages) {
      const stageScratch = join(scratch, stage);
      await mkdir(stageScratch, { recursive: true });
      request.onStage?.({ stage });
      const startedAt = now();
      const start = performance.now();
      const stageRun = new StageRun({
        ...{ request, stage, declaration, run, version, now, incomplete },
        scratch: stageScratch,
      });
      let thrown: unknown;
      try {
        await stageRun.run();
      } catch (error) {
        thrown = error;
      }
      const report = stageRun.tally.report(stage, (performance.now() - start) / 1000);
      incomplete ||= report.unitsFailed > 0;
      reports.push(report);
      await writeRunRecord(place.store, place.operations, {
        ...report,
        ...{ run, feed: feed.name, date, version, incomplete },
        ...(thrown === undefined ? { status: 'done' } : failureOf(thrown)),
        startedAt: startedAt.toISOString(),
        endedAt: now().toISOString(),
      });
      request.onStage?.({ stage, report });
      log.info('stage ended', { feed: feed.name, date, run, ...report, outputs: report.outputs.length });
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- handed on as it came
      if (thrown !== undefined) throw thrown;
      await rm(stageScratch, { recursive: true, force: true });
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return { feed: feed.name, date, run, incomplete, stages: reports };
};
