import { text, texts } from './attributes.ts';
import { containersOf } from './containers.ts';
import { judgeStatements, policiesOfRole, speaksOf } from './documents.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

export const t20: Rule = {
  id: 'T20',
  demand:
    "A task's role and the role that starts it are two, both of our stacks; the one that starts it reads only secrets that its tasks are given.",
  reason: 'The code in a container must not pull images or open log streams as ECS does, nor the reverse.',
  sameAs: { checkov: ['CKV_AWS_249'] },
  check: (model) => {
    const tasks = model.of('aws_ecs_task_definition');
    const executionRole = (task: (typeof tasks)[number]) =>
      model.find('aws_iam_role', text(task.values, 'execution_role_arn'));
    const executionRoles = [...new Set(tasks.flatMap((task) => executionRole(task) ?? []))];
    return [
      ...judgeEach(model, ['aws_ecs_task_definition'], (task) => {
        const own = model.find('aws_iam_role', text(task.values, 'task_role_arn'));
        const execution = executionRole(task);
        return [
          own !== undefined || fault('has no task role of our stacks', 'Set task_role_arn.'),
          execution !== undefined || fault('has no execution role of our stacks', 'Set execution_role_arn.'),
          own === undefined ||
            own !== execution ||
            fault('has one role for both purposes', 'Give the task a role of its own.'),
        ];
      }),
      ...executionRoles.flatMap((role) => {
        const given = tasks
          .filter((task) => executionRole(task) === role)
          .flatMap((task) => (containersOf(task) ?? []).flatMap((one) => texts(one, 'secrets', 'valueFrom')));
        return judgeStatements(policiesOfRole(model, role), (statement) =>
          statement.allows && speaksOf(statement, 'secretsmanager:GetSecretValue')
            ? statement.resources.map(
                (secret) =>
                  given.some((value) => value.startsWith(secret)) ||
                  fault(`starts tasks and reads ${secret}, which none of them is given`, 'Name the secrets.'),
              )
            : [],
        );
      }),
    ];
  },
};
