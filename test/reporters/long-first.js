import Sequencer from '@jest/test-sequencer';

/**
 * End-to-end files first: one of them takes minutes, and must not be begun when all others have ended. Unit files,
 * of seconds, then fill what is left of the machine.
 */
export default class LongFirst extends Sequencer {
  sort(tests) {
    const isLong = ({ path }) => path.includes('/test/e2e/');
    const sorted = super.sort(tests);
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
}
