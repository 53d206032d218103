import type { Environment } from '../config/environment.ts';
import { stackName } from '../config/names.ts';
import { AwsProvider } from './aws.ts';
import { keepState } from './backend.ts';
import { TerraformElement, TerraformStack, type Construct, type IConstruct } from './cdktf.ts';

/** Retries that the provider makes when the emulator lacks an action; its own 25 would take minutes. */
const SANDBOX_RETRIES = 2;

/** The six tags of everything. @param feed `shared` for what all feeds stand on */
export const tagsOf = (env: Environment, feed: string): Readonly<Record<string, string>> => ({
  project: env.project,
  environment: env.name,
  feed,
  stage: 'shared',
  owner: env.project,
  'managed-by': 'peaches',
});

/** What all stacks of an environment have in common: provider, state, tags, addresses. */
export class EnvironmentStack extends TerraformStack {
  readonly env: Environment;

  /** @param stack `foundation`, or a feed's name; @param feed what the `feed` tag says */
  constructor(scope: Construct, env: Environment, stack: string, feed: string) {
    super(scope, stackName(env, stack));
    this.env = env;
    this.addOverride('terraform.required_version', '>= 1.10');
    keepState(this, env, stack);
    new AwsProvider(this, 'aws', {
      region: env.region,
      allowedAccountIds: [env.account],
      defaultTags: [
        {
          tags: tagsOf(env, feed),
        },
      ],
      ...(env.target === 'sandbox' ? { maxRetries: SANDBOX_RETRIES } : {}),
    });
  }

  /**
   * Addresses a person can read and guess: the names on the way down the tree, `slots_role`. The names
   * are lower case with hyphens, so that no two ways give one address. CDKTF's own scheme adds a hash,
   * which would change whenever a construct moves.
   */
  protected override allocateLogicalId(element: TerraformElement | IConstruct['node']): string {
    const { scopes } = TerraformElement.isTerraformElement(element) ? element.node : element;
    const below = scopes.slice(scopes.indexOf(this) + 1);
    return below.map((construct) => construct.node.id).join('_');
  }
}

/** A resource that leaves the state and stays in the account; CDKTF joins the lists of a stack's elements. */
class Forgotten extends TerraformElement {
  readonly #address: string;

  constructor(scope: Construct, address: string) {
    super(scope, `forget-${address}`);
    this.#address = address;
  }

  override toTerraform(): object {
    return { removed: [{ from: this.#address, lifecycle: { destroy: false } }] };
  }
}

/**
 * Leaves what is at these addresses in the account and takes it out of the state: an attribute of another resource
 * manages it now.
 */
export const forget = (scope: Construct, ...addresses: readonly string[]): void => {
  for (const address of addresses) new Forgotten(scope, address);
};

/** Keeps Terraform from destroying what holds data, in a protected environment. */
export const keepData = (env: Environment): { readonly lifecycle?: { readonly preventDestroy: true } } =>
  env.protected ? { lifecycle: { preventDestroy: true } } : {};
