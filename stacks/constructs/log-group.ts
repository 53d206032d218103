import type { Environment } from '../../config/environment.ts';
import { CloudwatchLogGroup } from '../aws.ts';
import type { Construct } from '../cdktf.ts';
import { keepData } from '../environment-stack.ts';

/** Days: a protected environment answers for more than a year, others for a quarter. */
const RETENTION = { protected: 400, other: 90 };

/** An encrypted log group that forgets in time. */
export const logGroup = (
  scope: Construct,
  id: string,
  props: {
    readonly env: Environment;
    readonly name: string;
    readonly operationsKeyArn: string;
    readonly stage?: string;
  },
): CloudwatchLogGroup =>
  new CloudwatchLogGroup(scope, id, {
    name: props.name,
    kmsKeyId: props.operationsKeyArn,
    retentionInDays: props.env.protected ? RETENTION.protected : RETENTION.other,
    ...(props.stage === undefined ? {} : { tags: { stage: props.stage } }),
    ...keepData(props.env),
  });
