import { z } from 'zod';
import { unexpectedAnswer, type ApiClient } from './api-client.ts';
import type { RejectedRow } from '../runtime/quarantine.ts';

/** Lists that FreeWheel's API pages through. */
export type Resource = 'series' | 'sites' | 'site_sections';

/** What one list came to: as many items as names, duplicates and rejected rows together. */
export interface Listing {
  readonly items: number;
  /** Name by id. */
  readonly names: ReadonlyMap<string, string>;
  readonly duplicates: number;
  readonly rejected: readonly RejectedRow[];
}

const PER_PAGE = 500;
const MOST_PAGES = 10_000;
const MOST_READINGS = 3;

const count = z.int().nonnegative().optional().catch(undefined);
const pageSchema = z.object({ items: z.array(z.unknown()), total_page: count, total_count: count });
const itemSchema = z.object({
  id: z.union([z.int(), z.string().trim().min(1)]).transform(String),
  name: z.string().trim().min(1),
});

type Page = z.infer<typeof pageSchema>;

const readPage = async (client: ApiClient, resource: Resource, page: number): Promise<Page> => {
  const path = `/services/v4/${resource}?page=${page}&per_page=${PER_PAGE}`;
  const answer = pageSchema.safeParse(await client.get(path));
  if (answer.success) return answer.data;
  throw unexpectedAnswer(path, 'it holds no list of items');
};

/** Whether a page is the last; its own count of pages is believed only when there is one. */
const isLast = ({ items, total_page }: Page, page: number): boolean =>
  items.length === 0 ||
  (total_page === undefined || total_page === 0 ? items.length < PER_PAGE : page >= total_page);

/** Whether something was deleted between two pages, so that an item may have slipped to a page already read. */
const shrank = (before: Page | undefined, now: Page): boolean =>
  before !== undefined &&
  ((now.total_count ?? Infinity) < (before.total_count ?? 0) ||
    (now.total_page ?? Infinity) < (before.total_page ?? 0));

/**
 * Reads a list whole. It is sorted newest first and may change meanwhile: an item that was added pushes
 * others to a page not yet read, so that they come twice; a list that shrank is read again, and the
 * readings are united.
 *
 * @throws FREEWHEEL_API_ANSWER when the list can't be read whole, and what `ApiClient.get` throws
 */
export const readList = async (client: ApiClient, resource: Resource): Promise<Listing> => {
  const names = new Map<string, string>();
  const rejected: RejectedRow[] = [];
  let items = 0;

  const take = (item: unknown): void => {
    items += 1;
    const parsed = itemSchema.safeParse(item);
    if (parsed.success) {
      names.set(parsed.data.id, parsed.data.name);
      return;
    }
    const detail = `an item of ${resource} has no usable ${String(parsed.error.issues[0]?.path[0] ?? 'fields')}`;
    rejected.push({ reason: 'item-without-name', detail, row: items });
  };

  const readOnce = async (): Promise<boolean> => {
    let before: Page | undefined;
    let hasShrunk = false;
    for (let number = 1; number <= MOST_PAGES; number++) {
      const page = await readPage(client, resource, number);
      page.items.forEach(take);
      hasShrunk ||= shrank(before, page);
      if (isLast(page, number)) return hasShrunk;
      before = page;
    }
    throw unexpectedAnswer(`/services/v4/${resource}`, `it does not end after ${MOST_PAGES} pages`);
  };

  for (let reading = 1; (await readOnce()) && reading < MOST_READINGS; reading++);
  return { items, names, duplicates: items - names.size - rejected.length, rejected };
};
