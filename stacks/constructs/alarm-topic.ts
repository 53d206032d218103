import type { Environment } from '../../config/environment.ts';
import { alarmTopicName } from '../../config/names.ts';
import { alarmTopicPolicy } from '../../policies/topic.ts';
import { BudgetsBudget, SnsTopic, SnsTopicPolicy, SnsTopicSubscription } from '../aws.ts';
import { Construct } from '../cdktf.ts';

/** Where alarms of the environment go, and who is told. */
export class AlarmTopic extends Construct {
  constructor(scope: Construct, id: string, env: Environment, operationsKeyArn: string) {
    super(scope, id);
    const topic = new SnsTopic(this, 'topic', {
      name: alarmTopicName(env),
      kmsMasterKeyId: operationsKeyArn,
    });
    new SnsTopicPolicy(this, 'policy', {
      arn: topic.arn,
      policy: alarmTopicPolicy(topic.arn, env.account),
    });
    if (env.alarmEmail === undefined) return;
    new SnsTopicSubscription(this, 'email', {
      topicArn: topic.arn,
      protocol: 'email',
      endpoint: env.alarmEmail,
    });
  }
}

/** Tells when four fifths of the month's money are spent, and when all of it will be. */
export const monthlyBudget = (
  scope: Construct,
  id: string,
  props: { readonly name: string; readonly usd: number; readonly project: string; readonly email: string },
): BudgetsBudget =>
  new BudgetsBudget(scope, id, {
    name: props.name,
    budgetType: 'COST',
    timeUnit: 'MONTHLY',
    limitAmount: props.usd.toFixed(1),
    limitUnit: 'USD',
    costFilter: [{ name: 'TagKeyValue', values: [`user:project$${props.project}`] }],
    notification: (
      [
        ['ACTUAL', 80],
        ['FORECASTED', 100],
      ] as const
    ).map(([notificationType, threshold]) => ({
      notificationType,
      threshold,
      thresholdType: 'PERCENTAGE',
      comparisonOperator: 'GREATER_THAN',
      subscriberEmailAddresses: [props.email],
    })),
  });
