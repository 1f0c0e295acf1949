/** Formulas, typeset by KaTeX and kept, since a person goes back and forth over the same steps. */

import katex from "../vendor/katex/katex.min.mjs";

const KEPT = 600;
/** @type {Map<string, string>} */
const cache = new Map();

/**
 * Typeset `tex` inside `element`. The macros \val{…} and \grd{…} colour values and gradients.
 * @param {HTMLElement} element
 * @param {string} tex
 */
export function setFormula(element, tex) {
  if (element.dataset.tex === tex) return;
  element.dataset.tex = tex;
  element.innerHTML = typeset(tex); // KaTeX's own markup: it escapes what it is given
}

/**
 * A new element that holds the formula.
 * @param {string} tex
 */
export function formula(tex) {
  const span = document.createElement("span");
  setFormula(span, tex);
  return span;
}

function typeset(tex) {
  let html = cache.get(tex);
  if (html !== undefined) return html;
  html = tex ? katex.renderToString(tex, options()) : "";
  if (cache.size >= KEPT) cache.delete(cache.keys().next().value);
  cache.set(tex, html);
  return html;
}

function options() {
  return {
    throwOnError: false,
    strict: false,
    errorColor: "inherit",
    maxExpand: 200,
    maxSize: 10,
    // \htmlClass is the only command with a side effect on the page that a formula may use.
    trust: (context) => context.command === "\\htmlClass" && /^gw-(val|grd)$/.test(context.class),
    macros: { "\\val": "\\htmlClass{gw-val}{#1}", "\\grd": "\\htmlClass{gw-grd}{#1}" },
  };
}
