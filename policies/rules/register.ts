import type { Rule } from './rule.ts';
import { t01 } from './t01-state-backend.ts';
import { t02 } from './t02-versions.ts';
import { t03 } from './t03-provider.ts';
import { t04 } from './t04-names.ts';
import { t07 } from './t07-no-secrets.ts';
import { t08 } from './t08-only-aws.ts';
import { t09 } from './t09-outputs.ts';
import { t10 } from './t10-keep-data.ts';
import { t11 } from './t11-boundary.ts';
import { t12 } from './t12-no-wildcard-actions.ts';
import { t13 } from './t13-no-wildcard-resources.ts';
import { t14 } from './t14-pass-role.ts';
import { t15 } from './t15-trust.ts';
import { t16 } from './t16-no-users.ts';
import { t17 } from './t17-managed-policies.ts';
import { t18 } from './t18-own-prefixes.ts';
import { t19 } from './t19-no-escalation.ts';
import { t20 } from './t20-task-roles.ts';
import { t21 } from './t21-public-access.ts';
import { t22 } from './t22-ownership.ts';
import { t23 } from './t23-tls.ts';
import { t24 } from './t24-encryption.ts';
import { t25 } from './t25-versioning.ts';
import { t26 } from './t26-lifecycle.ts';
import { t27 } from './t27-access-logs.ts';
import { t28 } from './t28-no-strangers.ts';
import { t29 } from './t29-repositories.ts';
import { t30 } from './t30-image-by-digest.ts';
import { t31 } from './t31-container.ts';
import { t32 } from './t32-container-logs.ts';
import { t33 } from './t33-container-secrets.ts';
import { t34 } from './t34-private-network.ts';
import { t35 } from './t35-task-size.ts';
import { t36 } from './t36-schedules.ts';
import { t37 } from './t37-imdsv2.ts';
import { t38 } from './t38-volumes.ts';
import { t39 } from './t39-session-manager.ts';
import { t40 } from './t40-user-data.ts';
import { t41 } from './t41-security-groups.ts';
import { t42 } from './t42-msk.ts';
import { t43 } from './t43-firehose.ts';
import { t44 } from './t44-redshift.ts';
import { t45 } from './t45-athena.ts';
import { t46 } from './t46-glue.ts';
import { t47 } from './t47-lambda.ts';
import { t48 } from './t48-kms.ts';
import { t49 } from './t49-log-groups.ts';
import { t50 } from './t50-vpc.ts';
import { t51 } from './t51-readers.ts';
import { t52 } from './t52-alarms.ts';
import { t53 } from './t53-cost-tags.ts';
import { t55 } from './t55-queues-topics-secrets.ts';
import { t56 } from './t56-observed.ts';
import { t57 } from './t57-references.ts';

/** All rules that look at synthesized stacks. */
export const rules: readonly Rule[] = [
  t01,
  t02,
  t03,
  t04,
  t07,
  t08,
  t09,
  t10,
  t11,
  t12,
  t13,
  t14,
  t15,
  t16,
  t17,
  t18,
  t19,
  t20,
  t21,
  t22,
  t23,
  t24,
  t25,
  t26,
  t27,
  t28,
  t29,
  t30,
  t31,
  t32,
  t33,
  t34,
  t35,
  t36,
  t37,
  t38,
  t39,
  t40,
  t41,
  t42,
  t43,
  t44,
  t45,
  t46,
  t47,
  t48,
  t49,
  t50,
  t51,
  t52,
  t53,
  t55,
  t56,
  t57,
];
