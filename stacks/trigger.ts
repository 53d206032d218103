import type { Trigger } from '../etl/feed.ts';

/** A trigger as EventBridge Scheduler writes it. */
export const scheduleExpression = (trigger: Trigger): string => {
  if (trigger.kind === 'cron') return `cron(${trigger.expression})`;
  return `rate(${trigger.minutes} ${trigger.minutes === 1 ? 'minute' : 'minutes'})`;
};

/**
 * The longest time between two starts, in minutes, so far as it is regular.
 * @returns undefined for a cron expression that does not fire every day
 */
export const intervalMinutes = (trigger: Trigger): number | undefined => {
  if (trigger.kind === 'rate') return trigger.minutes;
  const [, , dayOfMonth = '', month = '', dayOfWeek = ''] = trigger.expression.trim().split(/\s+/);
  const daily = [dayOfMonth, month, dayOfWeek].every((field) => field === '*' || field === '?');
  return daily ? 24 * 60 : undefined;
};
