import { text, texts } from './attributes.ts';
import { fault, judgeStacks, type Rule } from './rule.ts';

const TAGS = ['project', 'environment', 'feed', 'stage', 'owner', 'managed-by'];

export const t03: Rule = {
  id: 'T03',
  demand:
    "The provider allows only the environment's account, works in its region and tags everything with project, environment, feed, stage, owner and managed-by.",
  reason:
    'Wrong credentials must not build in a wrong account; what is untagged can be neither billed nor found again.',
  sameAs: {},
  check: (model) => {
    const { account, region, project, name: environment } = model.environment;
    return judgeStacks(model, 'provider.aws', ({ providers }) => {
      const aws = providers['aws'] ?? [];
      if (aws.length === 0) return [fault('is not configured', 'Derive the stack from EnvironmentStack.')];
      return aws.flatMap((provider) => [
        texts(provider, 'allowed_account_ids').join() === account ||
          fault(`allows other accounts than ${account}`, 'Set allowed_account_ids to the account alone.'),
        text(provider, 'region') === region ||
          fault(`does not work in ${region}`, "Set the environment's region."),
        ...TAGS.map(
          (tag) =>
            text(provider, 'default_tags', 'tags', tag) !== undefined ||
            fault(`does not set the tag ${tag}`, 'Add it to default_tags.'),
        ),
        (text(provider, 'default_tags', 'tags', 'project') === project &&
          text(provider, 'default_tags', 'tags', 'environment') === environment) ||
          fault(
            'tags with another project or environment',
            "Set the tags project and environment to the environment's own.",
          ),
      ]);
    });
  },
};
