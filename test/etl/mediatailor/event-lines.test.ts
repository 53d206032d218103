import { describe, expect, test } from '@jest/globals';
import { readEventLine, writeEventLine } from '../../../etl/mediatailor/event-lines.ts';

describe('an event between the stages', () => {
  test.each([
    ['as most are', '36001', '{"eventType":"A"}'],
    ['written over several lines', '36001', '{\n\t"eventType": "A"\r\n}'],
    ['with tabs in its message', '36001', '{\t"eventType":\t"A"}'],
    ['with a tab in its id', 'a\tb', '{}'],
    ['with a line end in its id', 'a\nb', '{}'],
    ['without an id that can be seen', ' ', '{"a":"\u2028"}'],
  ])('is one line and comes back as it was: %s', (_how, logEventId, message) => {
    const event = { requestTime: 1_614_592_801_007, logEventId, message };
    const line = writeEventLine(event);
    expect(line).not.toContain('\n');
    expect(readEventLine(line)).toEqual(event);
  });
});
