import { expect, test } from '@jest/globals';
import { fastly } from '../../../etl/fastly/feed.ts';
import { readRecord } from '../../../etl/fastly/log-record.ts';

const guideFor = (params: Readonly<Record<string, unknown>>, region = 'eu-central-1'): string =>
  fastly.guide?.({
    params: fastly.params.parse(params),
    region,
    bucket: (name) => `acme-${name}`,
    roleArn: () => (params['customerId'] === undefined ? undefined : 'arn:aws:iam::1:role/r'),
  }) ?? '';

test('the guide names bucket, region, role and the message type', () => {
  const text = guideFor({ customerId: 'abc' });
  expect(text).toMatch(/Bucket name +acme-logs\n/u);
  expect(text).toMatch(/Domain +s3\.eu-central-1\.amazonaws\.com\n/u);
  expect(text).toMatch(/IAM role ARN +arn:aws:iam::1:role\/r\n/u);
  expect(text).toMatch(/message_type "blank"/u);
  expect(guideFor({}, 'us-east-1')).toMatch(/set the parameter customerId/u);
});

test('a line in the format of the guide is one that the feed reads', () => {
  const format =
    guideFor({})
      .split('\n')
      .find((line) => line.startsWith('{"timestamp"')) ?? '';
  const values: Readonly<Record<string, string>> = {
    timestamp: '03/01/2021 10:00:05.00 GMT',
    initial_status: '200',
    url: String.raw`/linear/59/dist/acme/\"a\".ts`,
    response_header_size: '512',
    response_body_size: '10',
    client_request: '0',
  };
  const line = format.replaceAll(
    /"(\w+)":"%[^"]*"/gu,
    (_whole, field: string) => `"${field}":"${values[field] ?? ''}"`,
  );
  expect(line).not.toContain('%');
  expect(readRecord(line)).toMatchObject({
    isRepaired: false,
    record: { bytes: 522, clientRequest: 1, city: 'unknown', facts: { channel: '59', isSegment: true } },
  });
});

test('Fastly may take a role only where its customer is known', () => {
  const deliverer = fastly.deliverers?.['fastly'];
  expect(deliverer).toMatchObject({ account: '717331877981', writes: ['logs/'] });
  expect(deliverer?.externalId(fastly.params.parse({}))).toBeUndefined();
  expect(deliverer?.externalId(fastly.params.parse({ customerId: 'abc' }))).toBe('abc');
});
