import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { failed, messageOf } from '../../errors/errors.ts';
import type { FeedDeclaration } from '../../etl/feed.ts';
import { feeds as everyFeed } from '../../etl/feeds.ts';
import type { Environment, Waiver } from '../../config/environment.ts';
import { declarationsOf } from './declarations.ts';
import { Model, type AppJson } from './model.ts';
import { rules } from './register.ts';
import type { Finding } from './rule.ts';
import { applyWaivers, type WaivedFinding } from './waivers.ts';

export interface CheckRulesOptions {
  /** Where synthesis wrote: `manifest.json` and `stacks/<stack>/cdk.tf.json`. */
  readonly folder: string;
  readonly environment: Environment;
  readonly waivers?: readonly Waiver[];
  /** Declarations of the feeds; absent: the register. */
  readonly feeds?: readonly FeedDeclaration[];
  readonly now?: Date;
}

export interface RuleReport {
  readonly findings: readonly Finding[];
  readonly waived: readonly WaivedFinding[];
  readonly rulesRun: number;
  readonly resourcesSeen: number;
}

/**
 * Runs all rules over the Terraform JSON of an environment, without network and without Terraform.
 * @returns what broke a rule; nothing is thrown for it, because the caller knows what it stops
 * @throws SYNTHESIS_UNREADABLE when the folder holds no synthesized stacks
 */
export const checkRules = async ({
  waivers = [],
  now = new Date(),
  ...source
}: CheckRulesOptions): Promise<RuleReport> => checkModel(await readModel(source), waivers, now);

/** The stacks of an environment as the rules see them. @throws SYNTHESIS_UNREADABLE */
export const readModel = async ({
  folder,
  environment,
  feeds = everyFeed,
}: Pick<CheckRulesOptions, 'folder' | 'environment' | 'feeds'>): Promise<Model> =>
  new Model(environment, declarationsOf(environment, feeds), await readApp(folder));

/** As `checkRules`, over stacks that are in memory. */
export const checkModel = (model: Model, waivers: readonly Waiver[], now: Date): RuleReport => {
  const found = rules.flatMap((rule) => rule.check(model).map((place) => ({ rule: rule.id, ...place })));
  const distinct = [...new Map(found.map((finding) => [JSON.stringify(finding), finding])).values()];
  const known = new Set(rules.map(({ id }) => id));
  return {
    ...applyWaivers(distinct, waivers, known, now.toISOString().slice(0, 10)),
    rulesRun: rules.length + 1,
    resourcesSeen: model.stacks.reduce((sum, { resources }) => sum + resources.length, 0),
  };
};

const manifestSchema = z.object({
  stacks: z.record(z.string(), z.object({ synthesizedStackPath: z.string() })),
});

/** The stacks of the last synthesis; others, that an earlier one left in the folder, don't count. */
const readApp = async (folder: string): Promise<AppJson> => {
  try {
    const { stacks } = manifestSchema.parse(await readJson(join(folder, 'manifest.json')));
    return Object.fromEntries(
      await Promise.all(
        Object.entries(stacks).map(async ([name, { synthesizedStackPath }]) => [
          name,
          await readJson(join(folder, synthesizedStackPath)),
        ]),
      ),
    ) as AppJson;
  } catch (error) {
    throw failed({
      code: 'SYNTHESIS_UNREADABLE',
      message: `The synthesized stacks in ${folder} can't be read: ${messageOf(error)}`,
      hint: 'Run peaches synth again.',
      details: { folder },
      cause: error,
    });
  }
};

const readJson = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));
