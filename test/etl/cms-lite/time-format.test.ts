import { describe, expect, test } from '@jest/globals';
import { timeFormatProblem, timeReader } from '../../../etl/cms-lite/time-format.ts';

describe('a format of strptime', () => {
  test.each([
    ['%Y-%m-%d %H:%M:%S.%f', '2023-04-03 09:15:27.123000', '2023-04-03 09:15:27.123000'],
    ['%Y-%m-%d %H:%M:%S.%f', '2023-4-3 9:5:7.5', '2023-04-03 09:05:07.500000'],
    ['%Y-%m-%d %H:%M:%S.%f', '2023-02-29 09:15:27.1', undefined],
    ['%Y-%m-%d %H:%M:%S.%f', '2023-04-03 24:15:27.1', undefined],
    ['%Y-%m-%d %H:%M:%S.%f', '2023-04-03 09:15:27', undefined],
    ['%Y-%m-%d', '2024-02-29', '2024-02-29 00:00:00.000000'],
    ['%Y-%m-%d', '0000-01-01', undefined],
    ['%d-%b-%y %I:%M %p', '05-Mar-69 12:00 AM', '1969-03-05 00:00:00.000000'],
    ['%d-%b-%y %I:%M %p', '05-mar-68 01:30 pm', '2068-03-05 13:30:00.000000'],
    ['%B %d, %Y', 'September 30, 2020', '2020-09-30 00:00:00.000000'],
    ['%Y%m%dT%H%M%S%z', '20200101T003000+0100', '2019-12-31 23:30:00.000000'],
    [
      '%Y/%m/%d (%H.%M) 100%%',
      '2020/01/02 (03.04) 100%',
      '2020/01/02 03:04'.replaceAll('/', '-') + ':00.000000',
    ],
    ['%Y.%m.%d', '2020x01x02', undefined],
  ])('%s reads %s as %s', (format, text, expected) => {
    expect(timeFormatProblem(format)).toBeUndefined();
    expect(timeReader(format)(text)).toBe(expected);
  });

  test.each([
    ['%Y-%m-%d %Q', '%Q is none of'],
    ['%Y-%m', 'lacks year, month or day'],
    ['%Y-%m-%d %d', 'names a part twice'],
    ['%Y-%m-%d %', '% is none of'],
  ])('%s is refused: %s', (format, problem) => {
    expect(timeFormatProblem(format)).toContain(problem);
  });
});
