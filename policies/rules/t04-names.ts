import { prefixOf } from '../../config/names.ts';
import { text } from './attributes.ts';
import { nameAttribute } from './references.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

interface Naming {
  /** Characters that AWS allows. */
  readonly most: number;
  readonly form: RegExp;
  readonly attribute?: string;
}

const IAM = /^[\w+=,.@-]+$/;
const PATH = /^[\w./#-]+$/;
const WORD = /^[\w-]+$/;
const LOWER = /^[a-z][a-z0-9-]*$/;

/** Types whose names are the account's, or the world's; what lies inside a named thing is not here. */
const NAMING: Readonly<Record<string, Naming>> = {
  aws_s3_bucket: { most: 63, form: /^[a-z0-9][a-z0-9-]+[a-z0-9]$/ },
  aws_iam_role: { most: 64, form: IAM },
  aws_iam_policy: { most: 128, form: IAM },
  aws_iam_group: { most: 128, form: IAM },
  aws_iam_user: { most: 64, form: IAM },
  aws_iam_instance_profile: { most: 128, form: IAM },
  aws_ecr_repository: { most: 256, form: /^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/ },
  aws_ecs_cluster: { most: 255, form: WORD },
  aws_ecs_task_definition: { most: 255, form: WORD },
  aws_cloudwatch_log_group: { most: 512, form: PATH },
  aws_cloudwatch_metric_alarm: { most: 255, form: WORD, attribute: 'alarm_name' },
  aws_sfn_state_machine: { most: 80, form: WORD },
  aws_scheduler_schedule_group: { most: 64, form: WORD },
  aws_sqs_queue: { most: 80, form: WORD },
  aws_sns_topic: { most: 256, form: WORD },
  aws_secretsmanager_secret: { most: 512, form: /^[\w/+=.@-]+$/ },
  aws_security_group: { most: 255, form: /^(?!sg-)[\w .:/()#,@[\]+=&;{}!$*-]+$/ },
  aws_kms_alias: { most: 256, form: /^alias\/(?!aws\/)[\w/-]+$/ },
  aws_kinesis_firehose_delivery_stream: { most: 64, form: IAM },
  aws_lambda_function: { most: 64, form: WORD },
  aws_redshift_cluster: { most: 63, form: LOWER },
  aws_redshiftserverless_namespace: { most: 64, form: LOWER },
  aws_redshiftserverless_workgroup: { most: 64, form: LOWER },
  aws_msk_cluster: { most: 64, form: WORD },
  aws_glue_catalog_database: { most: 255, form: /^[a-z0-9_]+$/ },
  aws_athena_workgroup: { most: 128, form: /^[\w.-]+$/ },
  aws_budgets_budget: { most: 100, form: /^[^:\\]+$/ },
};

/** Shortened names keep this much of the prefix: a bucket's 63, less account and hash. */
const KEPT = 63 - 13 - 9;

export const t04: Rule = {
  id: 'T04',
  demand:
    'Names of buckets, roles and all that shares a name space carry project and environment, but for log groups that a declaration names; they keep to the length and characters that AWS allows.',
  reason:
    'Two environments in one account must not meet under one name, and a name that is too long fails only at apply.',
  sameAs: {},
  check: (model) => {
    const prefix = prefixOf(model.environment).slice(0, KEPT);
    return judgeEach(model, Object.keys(NAMING), ({ type, values }) => {
      const { most, form, attribute = nameAttribute(type) } = NAMING[type] ?? { most: 0, form: WORD };
      const name = text(values, attribute);
      if (name === undefined || /[@?]\{/.test(name)) {
        return [fault('has no literal name', `Set ${attribute} to a name of config/names.ts.`)];
      }
      return [
        name.replaceAll('_', '-').includes(prefix) ||
          (type === 'aws_cloudwatch_log_group' && model.declarations.logGroups.includes(name)) ||
          fault(`is named "${name}", without ${prefix}`, 'Use a name of config/names.ts.'),
        name.length <= most ||
          fault(`has a name of ${name.length} characters; AWS allows ${most}`, 'Shorten it with fit().'),
        form.test(name) ||
          fault(`is named "${name}", with characters that AWS refuses`, 'Use lower case and hyphens.'),
      ];
    });
  },
};
