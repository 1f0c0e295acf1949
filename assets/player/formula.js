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

const SMALLEST = 0.6;
/** How much smaller a formula must be set to fit a width. @type {Map<string, number>} */
const ratios = new Map();

// Measured before a font of KaTeX's had arrived, a width is wrong.
document.fonts?.addEventListener("loadingdone", () => ratios.clear());

/**
 * Set a wide formula smaller, so that it fits its element.
 * @param {HTMLElement} element
 */
export function fitFormula(element) {
  const tex = element.dataset.tex ?? "";
  const room = tex.length > 40 ? element.clientWidth : 0; // short ones fit: nothing is measured
  const key = `${room}|${tex}`;
  let ratio = room ? ratios.get(key) : 1;
  if (ratio === undefined) {
    element.style.fontSize = "";
    ratio = Math.max(SMALLEST, Math.min(1, room / element.scrollWidth));
    if (ratios.size > KEPT) ratios.clear();
    ratios.set(key, ratio);
  }
  element.style.fontSize = ratio < 1 ? `${ratio.toFixed(3)}em` : "";
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

/**
 * Typeset formulas that will be wanted soon.
 * @param {...string} formulas
 */
export function prepareFormula(...formulas) {
  for (const tex of formulas) typeset(tex);
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
