import { expect, test } from '@jest/globals';
import { mediatailorGuide } from '../../../etl/mediatailor/guide.ts';
import { mediatailorParams } from '../../../etl/mediatailor/params.ts';

const guide = (params: object): string =>
  mediatailorGuide({
    params: mediatailorParams.parse(params),
    region: 'eu-central-1',
    bucket: (name) => `acme-dev-mediatailor-${name}-123456789012`,
    roleArn: () => undefined,
  });

test('says how playback configurations come to log, and to where', () => {
  const text = guide({});
  expect(text).toContain('configure-logs-for-playback-configuration --region eu-central-1');
  expect(text).toContain('MediaTailor/AdDecisionServerInteractions');
  expect(text).toContain('acme-dev-mediatailor-logs-123456789012, a quarter of an hour later');
  expect(text).toContain('set the parameter logDelivery to "existing"');
});

test.each([
  ['existing', 'which must be there'],
  ['none', 'The stack delivers nothing'],
])('says what is to be done when logDelivery is %s', (logDelivery, says) => {
  expect(guide({ logDelivery })).toContain(says);
});

test('says what QuickSight wants first, and then what it shows', () => {
  expect(guide({})).toContain('after the first day was run');
  const users = ['arn:aws:quicksight:eu-central-1:123456789012:user/default/reader'];
  expect(guide({ quicksightUsers: users, quicksightRules: ['GroupName', 'origin_id'] })).toContain(
    'with the columns GroupName,origin_id',
  );
});
