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

const SMALLEST = 0.7; // of its size: a wider formula is scrolled
const WRAPPED = 0.85; // a formula that would have to be smaller than this takes several lines
const SHORT = 24; // signs of TeX that always fit: nothing is measured

/**
 * How a formula fits a width: in several lines or not, with a line of its own for what stands right of the equals sign, and
 * how much smaller.
 * @typedef {{wrapped: boolean, apart: boolean, ratio: number}} Fit
 */
const PLAIN = { wrapped: false, apart: false, ratio: 1 };
/** @type {Map<string, Fit>} */
const fits = new Map();

/** @type {Set<HTMLElement>} */
const fitted = new Set();

// Measured before a font of KaTeX's had arrived, a width is wrong.
document.fonts?.addEventListener("loadingdone", () => {
  fits.clear();
  for (const element of fitted) element.isConnected ? fitFormula(element) : fitted.delete(element);
});

/**
 * Make a wide formula fit its element: a little smaller, or in several lines.
 * @param {HTMLElement} element
 */
export function fitFormula(element) {
  const tex = element.dataset.tex ?? "";
  const room = tex.length > SHORT ? element.clientWidth : 0;
  const key = `${room}|${tex}`;
  let fit = room ? fits.get(key) : PLAIN;
  if (!fit) {
    fit = measured(element, room);
    if (fits.size > KEPT) fits.clear();
    fits.set(key, fit);
  }
  apply(element, fit);
  if (!fitted.has(element)) element.addEventListener("scroll", () => showCut(element), { passive: true });
  fitted.add(element);
  showCut(element);
}

/** Where a formula goes on to the right, its end fades. */
function showCut(element) {
  const { scrollLeft, clientWidth, scrollWidth } = element;
  element.classList.toggle("is-cut", scrollLeft + clientWidth < scrollWidth - 1);
}

/** @returns {Fit} */
function measured(element, room) {
  apply(element, PLAIN);
  const ratio = room / element.scrollWidth;
  if (ratio >= 1) return PLAIN;
  if (ratio >= WRAPPED) return { ...PLAIN, ratio };
  const bases = [...element.querySelectorAll(".katex-html > .katex-base")];
  const right = bases.slice(bases.indexOf(relation(bases)) + 1);
  const width = right.reduce((sum, base) => sum + base.getBoundingClientRect().width, 0);
  const wrapped = { wrapped: true, apart: right.length < bases.length && width <= room / WRAPPED, ratio: 1 };
  apply(element, wrapped);
  return { ...wrapped, ratio: Math.max(SMALLEST, Math.min(1, room / element.scrollWidth, wrapped.apart ? room / width : 1)) };
}

/** The part of a formula that ends with its equals sign. @param {Element[]} bases */
const relation = (bases) => bases.find((base) => /[=←]$/.test(base.textContent));

/** @param {HTMLElement} element @param {Fit} fit */
function apply(element, { wrapped, apart, ratio }) {
  element.classList.toggle("is-wrapped", wrapped);
  element.style.fontSize = ratio < 1 ? `${ratio.toFixed(3)}em` : "";
  const there = element.querySelector(".katex-html > br");
  if (apart && !there) relation([...element.querySelectorAll(".katex-html > .katex-base")])?.after(document.createElement("br"));
  else if (!apart) there?.remove();
}

/**
 * A new element that holds the formula.
 * @param {string} tex
 * @param {string} [tag]
 */
export function formula(tex, tag = "span") {
  const element = document.createElement(tag);
  setFormula(element, tex);
  return element;
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
  html = tex ? katex.renderToString(breakable(tex), options()) : "";
  if (cache.size >= KEPT) cache.delete(cache.keys().next().value);
  cache.set(tex, html);
  return html;
}

/** A line may end where the argument of a named function begins: GenerateToken(Collapse(… has no other place. */
const breakable = (tex) => tex.replace(/\\(?:text|operatorname)\{[^{}]*\}\(/g, "$&\\allowbreak ");

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
