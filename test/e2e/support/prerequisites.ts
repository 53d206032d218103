import { describe } from '@jest/globals';

/**
 * `describe` for what needs a tool that a machine may lack: without it the tests fail on a CI machine, and are
 * skipped with the reason elsewhere.
 *
 * @param lack why the tests can't run; undefined when they can
 */
export const describeWith = (lack: string | undefined, name: string, tests: () => void): void => {
  if (lack === undefined || process.env['CI'] !== undefined) describe(name, tests);
  else describe.skip(`${name} [skipped: ${lack}]`, tests);
};

/** @returns the message of whatever keeps the prerequisite from working */
export const lackOf = async (prerequisite: () => Promise<unknown>): Promise<string | undefined> => {
  try {
    await prerequisite();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};
