import type { GuideFacts } from '../feed.ts';
import type { MediatailorParams } from './params.ts';

const DELIVERY: Readonly<Record<MediatailorParams['logDelivery'], string>> = {
  create: `The stack made the log group, and hands its events to Firehose. Had MediaTailor made the group before, deploy
says that it exists: set the parameter logDelivery to "existing" then, and set retention and key of the group
yourself.`,
  existing: 'The stack hands the events of the log group, which must be there, to Firehose.',
  none: 'The stack delivers nothing (logDelivery is "none"): have the objects put into the bucket below YYYY/MM/DD/HH/.',
};

const quickSight = ({ params, bucket }: GuideFacts<MediatailorParams>): string => {
  if (params.quicksightUsers.length === 0) {
    return `none: name users or groups in the parameter quicksightUsers, after the first day was run with a file of rules
   at s3://${bucket('data')}/permission.csv, because QuickSight reads both at once.`;
  }
  return `the data set "MediaTailor ad decision server interactions", imported every hour. Who sees which rows is said by
   s3://${bucket('data')}/permission.csv with the columns ${params.quicksightRules.join(',')};
   who has no line there sees nothing.`;
};

/** How MediaTailor is made to log, and where its events go from there. */
export const mediatailorGuide = (facts: GuideFacts<MediatailorParams>): string => {
  const { params, region, bucket } = facts;
  return `MediaTailor: have each playback configuration log to CloudWatch, in the region ${region}.

1. Deploy first: the log group must be there before its events can be handed on.
   ${DELIVERY[params.logDelivery].replaceAll('\n', '\n   ')}

2. For each playback configuration, with all sessions logged (with fewer, every figure is a sample):

   aws mediatailor configure-logs-for-playback-configuration --region ${region} \\
     --playback-configuration-name NAME --percent-enabled 100 \\
     --enabled-logging-strategies LEGACY_CLOUDWATCH

   MediaTailor writes under its service-linked role, or an older account's role MediaTailorLogger, to
   Log group             ${params.logGroup}
   Bucket                ${bucket('logs')}, a quarter of an hour later

3. QuickSight: ${quickSight(facts)}

A log group has room for two subscriptions. MediaTailor logs in the region of its playback configuration: one in
another region needs an environment of its own there, or a delivery of your own and logDelivery "none".`;
};
