import { policyDocument } from './document.ts';
import { WRITE_LOG } from './execution.ts';

/** Flow logs of the network go to one log group. @param logGroupArn without trailing `:*` */
export const flowLogsPolicy = (logGroupArn: string): string =>
  policyDocument({
    Sid: 'WriteFlowLogs',
    Effect: 'Allow',
    Action: [...WRITE_LOG, 'logs:DescribeLogStreams'],
    Resource: [logGroupArn, `${logGroupArn}:log-stream:*`],
  });
