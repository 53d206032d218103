import type { Random } from '../random.ts';
import { Digits, type Element } from './elements.ts';

/** What a reader must make of an element. */
export type Fate = 'row' | 'rejected' | 'dropped';

/** What is wrong with an element, and what must become of it without repairs. */
interface Fault {
  readonly reason: string;
  readonly fate: Exclude<Fate, 'row'>;
  /** The text in the place of the element's own; undefined when it can't be spoilt in this way. */
  spoil(text: string, element: Element, earlier: Element | undefined): string | undefined;
}

const replaced = (text: string, what: string | RegExp, by: string): string | undefined =>
  text.replace(what, by) === text ? undefined : text.replace(what, by);

const withoutFirst = (text: string): string => text.replace(/"(\w*Id)": ("[^"]*")/u, '"$1": null');

const DEEP = `${'['.repeat(5000)}${']'.repeat(5000)}`;

/** Damage of real documents, mostly characters written twice, and elements that are whole but no rows. */
const FAULTS: readonly Fault[] = [
  { reason: 'damaged', fate: 'rejected', spoil: (text) => text.replace('{', '{{') },
  { reason: 'damaged', fate: 'rejected', spoil: (text) => replaced(text, '": ', '":: ') },
  { reason: 'damaged', fate: 'rejected', spoil: (text) => replaced(text, /": "([^"\\]*)"/u, '": "$1') },
  { reason: 'damaged', fate: 'rejected', spoil: (text) => replaced(text, /": "(\w)/u, '": ""$1') },
  { reason: 'bad-json', fate: 'rejected', spoil: (text) => replaced(text, /: (true|false)/u, ': t$1') },
  { reason: 'bad-json', fate: 'rejected', spoil: (text) => replaced(text, /: (\d)/u, ': 00$1') },
  { reason: 'too-deep', fate: 'rejected', spoil: (text) => text.replace('{', `{"deep": ${DEEP},`) },
  { reason: 'not-an-object', fate: 'rejected', spoil: () => '"an element"' },
  {
    reason: 'no-id',
    fate: 'rejected',
    spoil: (text, element) => (idKeyOf(element) === undefined ? undefined : withoutFirst(text)),
  },
  { reason: 'null-element', fate: 'dropped', spoil: () => 'null' },
  {
    reason: 'repeated-id',
    fate: 'dropped',
    spoil: (_text, _element, earlier) =>
      earlier === undefined || idKeyOf(earlier) === undefined ? undefined : render(earlier),
  },
];

/** The first key, where it names the element. */
const idKeyOf = (element: Element): string | undefined => {
  const [key = ''] = Object.keys(element);
  return key.endsWith('Id') ? key : undefined;
};

/** Stands before digits that are a number in the document; no word of a guide has it. */
const MARK = '\ue000';
const MARKED = new RegExp(`"${MARK}(\\d+)"`, 'gu');

/** An element as it stands in a document, with line breaks and without the indentation of its array. */
export const render = (element: Element): string =>
  JSON.stringify(
    element,
    (_key, value: unknown) => (value instanceof Digits ? MARK + value.text : value),
    2,
  ).replaceAll(MARKED, '$1');

/** @returns a fault of any kind that the element can have */
export const spoilt = (
  random: Random,
  element: Element,
  earlier: Element | undefined,
): { readonly text: string; readonly fault: Fault } | undefined => {
  const fault = FAULTS[random.below(FAULTS.length)];
  const text = fault?.spoil(render(element), element, earlier);
  return fault === undefined || text === undefined ? undefined : { text, fault };
};
