import { fault, judgeEach, type Rule } from './rule.ts';

export const t16: Rule = {
  id: 'T16',
  demand:
    'No IAM user, unless a waiver gives reason and expiry; then none with a console, a policy of its own or a key made by Terraform.',
  reason:
    'The keys of a user last until somebody remembers them, and a key that Terraform makes stands in its state.',
  sameAs: {
    checkov: ['CKV_AWS_273', 'CKV_AWS_40', 'CKV2_AWS_22', 'CKV_AWS_348'],
    trivy: ['AWS-0143'],
  },
  check: (model) => [
    ...judgeEach(model, ['aws_iam_user'], () => [
      fault('is a user', 'Use a role. Where none serves, waive it with reason and expiry.'),
    ]),
    ...judgeEach(model, ['aws_iam_user_login_profile'], () => [
      fault('opens the console to a user', 'Remove it.'),
    ]),
    ...judgeEach(model, ['aws_iam_user_policy', 'aws_iam_user_policy_attachment'], () => [
      fault('gives a user a policy of its own', 'Give the policy to a group.'),
    ]),
    ...judgeEach(model, ['aws_iam_access_key'], () => [
      fault('makes a key, which its state then holds', 'Make the key with secrets rotate.'),
    ]),
  ],
};
