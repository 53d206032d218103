import { parsed, text } from './attributes.ts';
import { taskStarts } from './state-machines.ts';
import { fault, judgeEach, located, type Rule } from './rule.ts';

export const t53: Rule = {
  id: 'T53',
  demand:
    'Where the configuration sets a monthly budget there is one, filtered by project; every task carries the tag of its stage, and whatever starts it passes the tags on.',
  reason: 'ECS bills tasks without tags to nobody, and a budget that nobody set warns nobody.',
  sameAs: {},
  check: (model) => {
    const { monthlyBudgetUsd, project } = model.environment;
    const budgets = model.of('aws_budgets_budget');
    return [
      ...(monthlyBudgetUsd === undefined || budgets.length > 0
        ? []
        : located({ stack: model.stacks[0]?.name ?? '', address: 'aws_budgets_budget' }, [
            fault('is missing', 'Add the budget that the configuration sets.'),
          ])),
      ...judgeEach(model, ['aws_budgets_budget'], ({ values }) => [
        text(values, 'cost_filter', 'values')?.includes(project) === true ||
          fault('counts the cost of other projects', 'Filter by the tag project.'),
      ]),
      ...judgeEach(model, ['aws_ecs_task_definition'], ({ values }) => [
        text(values, 'tags', 'stage') !== undefined || fault('has no tag stage', 'Set tags.stage.'),
      ]),
      ...judgeEach(model, ['aws_scheduler_schedule'], ({ values }) => [
        values['target'] === undefined ||
          text(values, 'target', 'ecs_parameters', 'task_definition_arn') === undefined ||
          text(values, 'target', 'ecs_parameters', 'propagate_tags') === 'TASK_DEFINITION' ||
          fault('starts tasks without tags', 'Set propagate_tags to TASK_DEFINITION.'),
      ]),
      ...judgeEach(model, ['aws_sfn_state_machine'], ({ values }) =>
        taskStarts(parsed(text(values, 'definition'))).map(
          (parameters) =>
            text(parameters, 'PropagateTags') === 'TASK_DEFINITION' ||
            fault('starts tasks without tags', 'Set PropagateTags to TASK_DEFINITION.'),
        ),
      ),
    ];
  },
};
