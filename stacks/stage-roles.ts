import type { FeedDeclaration } from '../etl/feed.ts';
import type { Environment } from '../config/environment.ts';
import { roleArn } from '../config/names.ts';

/** What part of its role's name tells a stage. */
export const stagePurpose = (feed: string, stage: string): string => `${feed}-${stage}`;

/** ARN of the role of a stage, for those who name it before it is there. */
export const stageRoleArn = (env: Environment, feed: string, stage: string): string =>
  roleArn(env, stagePurpose(feed, stage));

/** ARNs of the roles of all stages, in order of feeds and stages. */
export const stageRoleArns = (env: Environment, feeds: readonly FeedDeclaration[]): string[] =>
  feeds.flatMap((feed) => Object.keys(feed.stages).map((stage) => stageRoleArn(env, feed.name, stage)));
