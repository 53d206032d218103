import { WAREHOUSE_STACK } from '../config/warehouse.ts';
import { failed, interrupted, messageOf, PeachesError } from '../errors/errors.ts';
import type { SynthesizedStack } from '../stacks/synthesize.ts';
import type { Counts } from '../terraform/events.ts';
import type { Invocation } from './command.ts';
import type { Deployment } from './deployment.ts';
import type { Output, Step } from './output.ts';
import { guardLoss } from './loss-guard.ts';
import { applySaved } from './planning.ts';
import { planToApply } from './recovering.ts';
import { tableOf } from './views/table.ts';
import { plansText } from './views/plan.ts';
import { openWarehouse } from './warehouse-rights.ts';

export interface StackResult {
  readonly stack: string;
  readonly result: 'applied' | 'destroyed' | 'unchanged' | 'declined' | 'failed' | 'interrupted' | 'skipped';
  readonly counts?: Counts;
  readonly seconds: number;
  readonly error?: string;
}

/** A stack on its way, and the time that was spent on it. */
interface Course {
  readonly stack: SynthesizedStack;
  milliseconds: number;
  counts?: Counts;
  result?: StackResult['result'] | undefined;
  error?: unknown;
}

/** Does a part of the work on a stack; what it throws stops this stack and no other. */
const advance = async (
  course: Course,
  work: () => Promise<StackResult['result'] | undefined>,
): Promise<void> => {
  const started = performance.now();
  try {
    course.result = await work();
  } catch (error) {
    const interruption = error instanceof PeachesError && error.kind === 'interrupted';
    course.result = interruption ? 'interrupted' : 'failed';
    course.error = error;
  }
  course.milliseconds += performance.now() - started;
};

/** Stacks whose upstreams all lie in earlier groups, group by group. */
const inGroups = (stacks: readonly SynthesizedStack[]): SynthesizedStack[][] => {
  const groups: SynthesizedStack[][] = [];
  let rest = [...stacks];
  while (rest.length > 0) {
    const waiting = new Set(rest.map(({ name }) => name));
    const group = rest.filter(({ dependsOn }) => !dependsOn.some((name) => waiting.has(name)));
    groups.push(group);
    rest = rest.filter((stack) => !group.includes(stack));
  }
  return groups;
};

/**
 * Plans, shows and asks stack by stack, in order; stacks that do not wait for one another are then applied at the
 * same time. Where one fails, those that do not depend on it still go on; the failure is thrown at the end.
 * @param results filled as it goes, so that the caller can show them whatever happens
 * @param allowReplace addresses whose data may be lost
 * @throws what Terraform threw when one stack failed; STACKS_FAILED when several did; DECLINED
 */
export const applyStacks = async (
  invocation: Pick<Invocation, 'output' | 'prompt' | 'signal'>,
  deployment: Deployment,
  results: StackResult[],
  allowReplace: readonly string[] = [],
): Promise<void> => {
  const { output, signal } = invocation;
  const stopped = new Set<string>();
  const errors: unknown[] = [];
  for (const group of inGroups(deployment.stacks)) {
    const courses: Course[] = group.map((stack) => ({ stack, milliseconds: 0 }));
    for (const course of courses) {
      if (signal.aborted || course.stack.dependsOn.some((upstream) => stopped.has(upstream))) {
        course.result = 'skipped';
      } else {
        await advance(course, () => agree(invocation, deployment, course, allowReplace));
      }
    }
    await applyTogether(
      output,
      deployment,
      courses.filter(({ result }) => result === undefined),
    );
    for (const course of courses) {
      const { stack, result } = course;
      if (result === 'applied' || result === 'unchanged') {
        await advance(course, async () => {
          await afterwards(output, deployment, stack);
          return result;
        });
      }
      if (course.error !== undefined) errors.push(course.error);
      if (course.result !== 'applied' && course.result !== 'unchanged') stopped.add(stack.name);
      results.push(resultOf(course));
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    throw failed({
      code: 'STACKS_FAILED',
      message: `${errors.length} stacks failed:\n${errors.map((error) => `  ${messageOf(error)}`).join('\n')}`,
      hint: 'Mend what is named above and run the same command again: it goes on from what is there.',
      details: { results },
    });
  }
  if (results.some(({ result }) => result === 'declined')) {
    throw interrupted({
      code: 'DECLINED',
      message: 'You said no; what was not yet applied is as it was.',
      hint: 'Run the same command again to see the plan anew.',
      details: { results },
    });
  }
};

/** @returns what became of the stack; undefined when its plan is agreed to */
const agree = async (
  { prompt, output }: Pick<Invocation, 'output' | 'prompt'>,
  deployment: Deployment,
  course: Course,
  allowReplace: readonly string[],
): Promise<'unchanged' | 'declined' | undefined> => {
  const planned = await planToApply({ prompt, output }, deployment, course.stack);
  if (!('plan' in planned) || !planned.plan.hasChanges) return 'unchanged';
  course.counts = planned.plan.counts;
  output.event(plansText([planned], output.style));
  await guardLoss({ output, prompt }, deployment.environment.name, planned, allowReplace);
  return (await prompt.confirm(`Apply this plan of ${course.stack.name}?`)) ? undefined : 'declined';
};

const applyTogether = async (
  output: Output,
  deployment: Deployment,
  courses: readonly Course[],
): Promise<void> => {
  if (courses.length === 0) return;
  const apply = (course: Course, step: Step): Promise<void> =>
    advance(course, async () => {
      const { name } = course.stack;
      const note = (line: string): void => step.note(courses.length === 1 ? line : `${name}: ${line}`);
      await applySaved(deployment, course.stack, { note });
      return 'applied';
    });
  const work = async (step: Step): Promise<void> => {
    await Promise.all(courses.map((course) => apply(course, step)));
    const failure = courses.find(({ error }) => error !== undefined);
    if (failure !== undefined) throw failure.error as Error;
  };
  const [first] = courses;
  const title = courses.length === 1 ? `Apply ${first?.stack.name ?? ''}` : `Apply ${courses.length} stacks`;
  // The courses know what was thrown; here it only shows that the step failed.
  await output.step(title, work).catch(() => undefined);
};

const resultOf = ({ stack, result = 'skipped', counts, milliseconds, error }: Course): StackResult => ({
  stack: stack.name,
  result,
  ...(counts !== undefined && (result === 'applied' || result === 'declined') && { counts }),
  seconds: Math.round(milliseconds / 100) / 10,
  ...(error !== undefined && { error: messageOf(error) }),
});

/** What Terraform can't do for a stack that stands; what was done already stays as it is. */
const afterwards = async (output: Output, deployment: Deployment, stack: SynthesizedStack): Promise<void> => {
  if (stack.name !== WAREHOUSE_STACK) return;
  await openWarehouse(output, deployment, await deployment.terraform(stack, () => undefined).outputs());
};

/** One line a stack: what became of it, how long it took. */
export const resultsText = (results: readonly StackResult[]): string =>
  tableOf(
    ['stack', 'result', 'added', 'changed', 'destroyed', 'seconds'],
    results.map(({ stack, result, counts, seconds }) => [
      stack,
      result,
      ...((result === 'applied' || result === 'destroyed') && counts !== undefined
        ? [counts.add, counts.change, counts.remove]
        : ['', '', '']),
      seconds.toFixed(1),
    ]),
    [2, 3, 4, 5],
  );
