import { boundaryArn } from '../../config/names.ts';
import { text } from './attributes.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

export const t11: Rule = {
  id: 'T11',
  demand: "Every role and user is within the environment's permissions boundary, which one stack defines.",
  reason: 'Whatever a policy comes to say by mistake, the boundary is the most that it can do.',
  sameAs: {},
  check: (model) => {
    const { environment } = model;
    const boundary = boundaryArn(environment);
    return judgeEach(model, ['aws_iam_role', 'aws_iam_user'], ({ values }) => {
      const named = text(values, 'permissions_boundary');
      return [
        (named === boundary &&
          (environment.existing?.boundary === boundary ||
            model.find('aws_iam_policy', named) !== undefined)) ||
          fault("is not within the environment's boundary", `Set permissions_boundary to ${boundary}.`),
      ];
    });
  },
};
