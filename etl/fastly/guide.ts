import type { GuideFacts } from '../feed.ts';
import type { FastlyParams } from './params.ts';

/** Where Fastly's regional endpoints of S3 are not `s3.amazonaws.com`. */
const domainOf = (region: string): string =>
  region === 'us-east-1' ? 's3.amazonaws.com' : `s3.${region}.amazonaws.com`;

/** One line of VCL's log format by field; strings are escaped, and no value is left empty. */
const FORMAT = [
  '"timestamp":"%{begin:%m/%d/%Y %H:%M:%S.00 %Z}t"',
  '"client_ip":"%{json.escape(req.http.Fastly-Client-IP)}V"',
  '"initial_status":"%s"',
  '"final_status":"%>s"',
  '"user_agent":"%{json.escape(req.http.User-Agent)}V"',
  '"url":"%{json.escape(req.url)}V"',
  [
    '"geo":{"city":"%{json.escape(client.geo.city)}V"',
    '"country":"%{json.escape(client.geo.country_code)}V"',
    '"continent":"%{json.escape(client.geo.continent_code)}V"',
    '"region":"%{json.escape(client.geo.region)}V"}',
  ].join(','),
  '"response_header_size":"%{resp.header_bytes_written}V"',
  '"response_body_size":"%{resp.body_bytes_written}V"',
  '"client_request":"%{fastly.ff.visits_this_service}V"',
  '"DNT":"%{json.escape(req.http.DNT)}V"',
].join(',');

/** The settings of an Amazon S3 logging endpoint of Fastly, as a person enters them. */
export const fastlyGuide = ({ params, region, bucket, roleArn }: GuideFacts<FastlyParams>): string => {
  const role = roleArn('fastly');
  return `Fastly: add a logging endpoint "Amazon S3" to each service, with these settings.

  Format version        2
  Bucket name           ${bucket('logs')}
  Domain                ${domainOf(region)}
  Access method         IAM role
  IAM role ARN          ${role ?? 'none yet: set the parameter customerId of the feed fastly, and deploy'}
  Path                  logs/%Y/%m/%d/
  Timestamp format      %Y-%m-%dT%H:%M:%S.000
  Period                900
  Compression           gzip (zstd does as well; snappy is not read)
  Log line format       blank (message_type "blank": no prefix before the JSON)
  Redundancy, ACL, server side encryption: leave empty; the bucket encrypts by itself

  Log format, one line:

{${FORMAT}}

The role may only be taken by Fastly's account for your customer id${
    params.customerId === undefined ? '' : ` ${params.customerId}`
  }, and may do nothing but put objects into this bucket.
To compare logs with Fastly's own statistics, make an API token with the scope global:read and store it with
"peaches secrets set fastly.api".`;
};
