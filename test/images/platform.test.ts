import { describe, expect, test } from '@jest/globals';
import { parsePlatforms, requireTaskArchitecture } from '../../images/platform.ts';

describe('platforms', () => {
  test('are read from a list, each once', () => {
    expect(parsePlatforms('linux/amd64, linux/arm64,linux/amd64')).toEqual(['linux/amd64', 'linux/arm64']);
  });

  test('that the worker can not be built for are refused', () => {
    expect(() => parsePlatforms('linux/amd64,windows/amd64')).toThrow(
      expect.objectContaining({ code: 'PLATFORM_UNKNOWN', exitCode: 64 }),
    );
  });

  test('must have the one of the task definitions among them', () => {
    expect(() => requireTaskArchitecture(['linux/amd64', 'linux/arm64'])).not.toThrow();
    expect(() => requireTaskArchitecture(['linux/arm64'])).toThrow(
      expect.objectContaining({ code: 'ARCHITECTURE_MISMATCH' }),
    );
  });
});
