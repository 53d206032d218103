import { writeSync } from 'node:fs';

/** Ends a test run with one plain line, `N passed, N failed`, after the runner's own summary. */
export default class ClosingLine {
  onRunComplete(_, { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites }) {
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const skipped = numPendingTests > 0 ? `${numPendingTests} skipped\n` : '';
    process.once('exit', () => writeSync(1, `\n${skipped}${numPassedTests} passed, ${failed} failed\n`));
  }
}
