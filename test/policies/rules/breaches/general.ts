import { breach, type Breaches } from './breach.ts';

export const general: Breaches = {
  T01: [
    breach('does not encrypt its state', { 'terraform.backend.s3.encrypt': false }),
    breach('does not lock its state', { 'terraform.backend.s3.use_lockfile': undefined }),
    breach('does not name project, environment and stack', {
      'terraform.backend.s3.key': 'acme/foundation.tfstate',
    }),
    breach('keeps no local state', {}, { target: 'sandbox' }),
  ],
  T02: [
    breach('Terraform 1.10', { 'terraform.required_version': '>= 1.6' }),
    breach('Terraform 1.10', { 'terraform.required_version': undefined }),
    breach('does not pin the provider aws', { 'terraform.required_providers.aws.version': '>= 5.0' }),
  ],
  T03: [
    breach('allows other accounts', { 'provider.aws.0.allowed_account_ids': undefined }),
    breach('does not work in eu-west-1', { 'provider.aws.0.region': 'us-east-1' }),
    breach('the tag owner', { 'provider.aws.0.default_tags.0.tags.owner': undefined }),
    breach('another project or environment', { 'provider.aws.0.default_tags.0.tags.environment': 'prod' }),
    breach('is not configured', { 'foundation/provider': undefined }),
  ],
  T04: [
    breach('without acme-dev', { 'aws_ecs_cluster.cluster.name': 'acme' }),
    breach('AWS allows 63', { 'aws_s3_bucket.operations.bucket': `acme-dev-${'x'.repeat(60)}` }),
    breach('AWS refuses', { 'aws_s3_bucket.operations.bucket': 'acme-dev-Operations' }),
    breach('no literal name', { 'aws_iam_role.load.name': undefined }),
    breach('AWS refuses', { 'aws_security_group.tasks.name': 'sg-acme-dev-demo' }),
  ],
  T07: [
    breach('an AWS access key', {
      'aws_sns_topic.alarms.display_name': ['AKIA', 'IOSFODNN7EXAMPLE'].join(''),
    }),
    breach('a private key', { 'aws_sns_topic.alarms.display_name': '-----BEGIN RSA PRIVATE KEY-----' }),
    breach('a password in a URL', { 'aws_sns_topic.alarms.display_name': 'https://me:hunter2@example.com' }),
    breach('a long random text', {
      'aws_sns_topic.alarms.display_name': ['wJalrXUtnFEMIK7MDENG', 'bPxRfiCYEXAMPLEKEY9z'].join(''),
    }),
    breach('a literal value', { 'aws_redshift_cluster.warehouse.master_password': 'summer' }),
    breach('the foreign account 999988887777', {
      'aws_sns_topic.alarms.kms_master_key_id': 'arn:aws:kms:eu-west-1:999988887777:key/1',
    }),
    breach('names partition aws-cn', { 'aws_flow_log.flows.log_destination': 'arn:aws-cn:s3:::acme-dev' }),
  ],
  T08: [
    breach('forbidden type null_resource', { 'resource.null_resource.script': {} }),
    breach('forbidden type data.external', { 'data.external.program': { program: ['date'] } }),
    breach('has a provisioner', { 'aws_instance.host.provisioner': [{ 'local-exec': { command: 'date' } }] }),
    breach('uses the provider local', { 'provider.local': [{}] }),
  ],
  T09: [
    breach('hands out a secret', { 'output.key': { value: '${aws_sns_topic.alarms.secret}' } }),
    breach('may be sensitive', { 'output.admin_password': { value: 'x' } }),
  ],
  T10: [
    breach('can be destroyed in a protected environment', {}, { protected: true }),
    breach('is emptied by Terraform', { 'aws_s3_bucket.operations.force_destroy': true }),
    breach('is emptied by Terraform', { 'aws_ecr_repository.worker.force_delete': true }),
    breach(
      'skips its final snapshot',
      { 'aws_redshift_cluster.warehouse.skip_final_snapshot': true },
      { protected: true },
    ),
    breach('leaves no final snapshot', {}, { protected: true }),
  ],
  T53: [
    breach('is missing', { 'aws_budgets_budget.budget': undefined }),
    breach('the cost of other projects', { 'aws_budgets_budget.budget.cost_filter': undefined }),
    breach('has no tag stage', { 'aws_ecs_task_definition.load.tags': undefined }),
    breach('starts tasks without tags', {
      'aws_scheduler_schedule.load.target.ecs_parameters.propagate_tags': undefined,
    }),
    breach('starts tasks without tags', {
      'aws_sfn_state_machine.pipeline.definition.States.load.Parameters.PropagateTags': undefined,
    }),
  ],
  T57: [
    breach('aws_kms_key.gone.arn, which leads nowhere', {
      'aws_sns_topic.alarms.kms_master_key_id': '${aws_kms_key.gone.arn}',
    }),
    breach('outputs.data_key_arn, which leads nowhere', { 'foundation/output.data_key_arn': undefined }),
    breach('lower(', { 'aws_sns_topic.alarms.name': '${lower("acme-dev-alarms")}' }),
  ],
};
