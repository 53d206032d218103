import { cmsLiteDemo } from './cms-lite.ts';
import type { DemoFeed } from './demo-feed.ts';
import { fastlyDemo } from './fastly.ts';
import { freewheelDemo } from './freewheel.ts';
import { mediatailorDemo } from './mediatailor.ts';
import { tvMetadataDemo } from './tv-metadata.ts';

/** What the demo shows, in this order: every feed of the register. */
export const demoFeeds: readonly DemoFeed[] = [
  freewheelDemo,
  mediatailorDemo,
  tvMetadataDemo,
  fastlyDemo,
  cmsLiteDemo,
];
