/** The few marks that the texts of lessons and steps may have: [[term]], **bold**, *slanted*, `code`, $formula$. */

import { h } from "./dom.js";
import { formula } from "./formula.js";
import { termLink } from "./glossary.js";

// Two brackets before a number begin an array, no term.
const MARK = /\[\[(?![−\d∞]|NaN)([^[\]|]+)(?:\|([^[\]|]+))?\]\]|\*\*(.+?)\*\*|\*(.+?)\*|`([^`]+)`|\$([^$]+)\$/gs;

/**
 * The text as nodes. Everything else in it stays plain text: markup is shown, never obeyed.
 * @param {string} text
 * @returns {DocumentFragment}
 */
export function rich(text) {
  const fragment = document.createDocumentFragment();
  let at = 0;
  for (const match of text.matchAll(MARK)) {
    fragment.append(text.slice(at, match.index));
    const [, words, term, bold, slanted, code, tex] = match;
    if (words !== undefined) fragment.append(termLink(rich(words), term ?? words, rich));
    else if (bold !== undefined) fragment.append(h("strong", {}, rich(bold)));
    else if (slanted !== undefined) fragment.append(h("em", {}, rich(slanted)));
    else if (code !== undefined) fragment.append(h("code", {}, code));
    else fragment.append(formula(tex));
    at = match.index + match[0].length;
  }
  fragment.append(text.slice(at));
  return fragment;
}

/**
 * Like `rich`, with an empty line between paragraphs.
 * @param {string} text
 */
export function paragraphs(text) {
  const fragment = document.createDocumentFragment();
  for (const part of text.trim().split(/\n\s*\n/)) fragment.append(h("p", {}, rich(part)));
  return fragment;
}

/**
 * The text with its formulas as plain letters: as long as the real ones, nearly, and at no cost.
 * @param {string} text
 */
export function withoutFormulas(text) {
  return text.replaceAll(/\[\[([^[\]|]+)(?:\|[^[\]|]+)?\]\]/g, "$1").replaceAll(/\$([^$]+)\$/g, (_, tex) => tex.replaceAll(/\\[a-zA-Z]+|[{}^_]/g, ""));
}

/**
 * Put `text` into `element`, unless it is there.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setRich(element, text) {
  if (element.dataset.text === text) return;
  element.dataset.text = text;
  element.replaceChildren(rich(text));
}
