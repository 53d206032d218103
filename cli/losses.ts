import { contentsOf } from '../terraform/contents.ts';
import { holderIn } from '../terraform/kept.ts';
import type { PlanResult } from '../terraform/plan.ts';
import { resourcesOf } from '../terraform/state.ts';
import { lossesOf } from '../terraform/stateful.ts';
import type { Loss } from '../terraform/stateful.ts';
import type { SynthesizedStack } from '../stacks/synthesize.ts';
import { contentsText } from './data-holders.ts';
import type { Deployment } from './deployment.ts';

/** What a plan would lose: buckets, repositories and namespaces by name, with what is in them now. */
export const measuredLosses = async (
  deployment: Deployment,
  stack: SynthesizedStack,
  plan: PlanResult,
): Promise<readonly Loss[]> => {
  const losses = lossesOf(plan);
  if (losses.length === 0) return [];
  const state = resourcesOf(await deployment.terraform(stack, () => undefined).pullState());
  const access = { region: deployment.environment.region, environment: deployment.access };
  const measured: Loss[] = [];
  for (const loss of losses) {
    const known = state.find(({ address }) => address === loss.address);
    const holder = known === undefined ? undefined : holderIn(known);
    // The rights to list what is in a bucket are not those to plan; the loss is then told without figures.
    const contents = holder && (await contentsOf(holder, access).catch(() => undefined));
    measured.push(
      holder === undefined || contents === undefined
        ? loss
        : { ...loss, lost: `${loss.lost}: ${holder.name}, ${contentsText(holder.kind, contents)}` },
    );
  }
  return measured;
};
