/** The step's other three faces beside the picture: sentence, formula, line of code; and the nudge. */

import { h, setAttribute, setText } from "./dom.js";
import { fitFormula, formula, prepareFormula, setFormula } from "./formula.js";
import { widthOf } from "./measure.js";
import { sumText } from "./flow.js";
import { COVERED, shortNumber } from "./numbers.js";
import { setRich } from "./text.js";

/** @typedef {import("./payload.js").Walk} Walk */
/** @typedef {import("./payload.js").Step} Step */

const MEASURED = 8; // steps whose formulas are measured beforehand, by length and by height
const LEAST_LINES = 3; // of the code: the one that is lit, between its neighbours
const LEAST_ROOM = 75; // px that the formulas always have
const LONGEST_SUM = 34; // signs that fit beside "term 3 of 6"

export class Panel {
  /** @param {HTMLElement} nudge the nudge box, which keeps its place at the bottom */
  constructor(nudge) {
    this.kicker = h("div", { class: "gw-kicker" });
    this.sentence = h("div", { class: "gw-sentence", role: "status", "aria-live": "polite", "aria-atomic": "true" });
    this.symbols = h("div", { class: "gw-symbols" });
    this.numbers = h("div", { class: "gw-numbers" });
    this.formulas = h("div", { class: "gw-formulas" }, this.symbols, this.numbers);
    this.trial = h("div", { class: "gw-trial", "aria-hidden": "true" });
    this.sum = h("div", { class: "gw-sum" });
    this.warning = h("div", { class: "gw-caution", hidden: true });
    this.code = h("pre", { class: "gw-code", "aria-label": "Code", tabindex: "0" });
    this.listing = h("div", { class: "gw-listing" }, this.code);
    new ResizeObserver(() => this.#scrollToLit()).observe(this.listing);
    new ResizeObserver(() => this.#measureLater()).observe(this.formulas);
    this.element = h(
      "aside",
      { class: "gw-panel", "aria-label": "This step" },
      this.kicker,
      this.sentence,
      this.formulas,
      this.trial,
      this.sum,
      this.warning,
      this.listing,
      nudge,
    );
  }

  /** What stays the same during a walk: the code, and whether there are sums and arrays at all. @param {Walk} walk */
  draw(walk) {
    const { payload } = walk;
    const text = payload.code?.text ?? "";
    this.code.hidden = !text; // the listing stays, and keeps what is below it at the bottom
    if (this.text !== text) {
      this.text = text;
      this.lines = text.replace(/\n$/, "").split("\n").map(codeLine);
      this.code.replaceChildren(...this.lines);
      this.lit = [];
    }
    this.listing.style.setProperty("--gw-least", String(text ? Math.min(LEAST_LINES, this.lines.length) : 0));
    this.sum.hidden = !payload.steps.some((step) => step.of > 1);
    if (payload.structure !== this.reserved) this.reserve(payload);
  }

  /** Keep room for the longest sentence of the walk, so that nothing below it moves from step to step. */
  reserve(payload) {
    this.reserved = payload.structure;
    const style = getComputedStyle(this.sentence);
    const room = this.sentence.clientWidth || 250;
    const font = `400 ${style.fontSize} ${style.fontFamily}`;
    const widest = payload.steps.reduce((most, step) => Math.max(most, widthOf(plain(step.sentence), font)), 0);
    const lines = Math.min(6, Math.max(2, Math.ceil((widest * 1.08) / room)));
    this.sentence.style.setProperty("--gw-lines", String(lines));
    const arrays = payload.nodes.some((node) => node.value.shape.length > 0);
    this.formulas.classList.toggle("is-tall", arrays);
    this.formulas.style.flexBasis = "";
    whenIdle(() => this.#reserveFormulas(payload));
  }

  /** The same for the formulas: those that look largest are set out of sight, one after the other, and measured. */
  #reserveFormulas(payload) {
    const steps = payload.steps.filter((step) => step.formula?.symbols || step.formula?.numbers);
    const largest = new Set([lengthOf, rowsOf].flatMap((size) => steps.toSorted((a, b) => size(b) - size(a)).slice(0, MEASURED)));
    let most = 0;
    const measure = ([step, ...rest]) => {
      if (payload.structure !== this.reserved || !this.element.isConnected) return;
      if (!step) return this.#keepRoom(most);
      const lines = [step.formula.symbols, step.formula.numbers].filter(Boolean).map((tex) => formula(tex, "div"));
      this.trial.replaceChildren(...lines);
      lines.forEach(fitFormula);
      most = Math.max(most, this.trial.offsetHeight);
      this.trial.replaceChildren();
      whenIdle(() => measure(rest));
    };
    measure([...largest]);
  }

  /** So much for the formulas, as long as it pushes nothing out of the panel. @param {number} height */
  #keepRoom(height) {
    const { style } = this.formulas;
    style.flex = `0 0 ${height}px`;
    const over = this.element.scrollHeight - this.element.clientHeight;
    style.flex = "";
    if (over <= 0 || height > over + LEAST_ROOM) style.flexBasis = `${height - Math.max(0, over)}px`;
  }

  /**
   * @param {number} index
   * @param {Walk} walk
   */
  show(index, walk) {
    const step = walk.payload.steps[index];
    const phase = walk.phaseOf(index);
    setText(this.kicker, `Step ${index} of ${walk.last} · ${phase}`);
    setAttribute(this.element, "data-phase", phase);
    setRich(this.sentence, step.sentence);
    setFormula(this.symbols, step.formula?.symbols ?? "");
    setFormula(this.numbers, step.formula?.numbers ?? "");
    this.#measureLater();
    this.#prepare(index, walk);
    this.#showSum(step);
    const node = step.focus ? walk.nodes.get(step.focus) : null;
    // On the way back the step is about what its card sends on to, and not about how the card got its value.
    const warning = step.phase !== "backward" && node?.warning && !isSaid(node.warning, step, walk) ? node.warning : "";
    this.warning.hidden = !warning;
    setRich(this.warning, warning);
    this.#light(step);
  }

  /** What must be measured is measured once a frame, after everything has been written. */
  #measureLater() {
    if (this.measuring) return;
    this.measuring = requestAnimationFrame(() => {
      this.measuring = 0;
      fitFormula(this.symbols);
      fitFormula(this.numbers);
      this.#scrollToLit();
    });
  }

  /** Typeset the neighbours' formulas while nothing else is to do, so that the next step finds them ready. */
  #prepare(index, walk) {
    whenIdle(() => {
      for (const near of [index + 1, index + 2, index - 1]) {
        const formula = walk.payload.steps[near]?.formula;
        if (formula) prepareFormula(formula.symbols, formula.numbers);
      }
    });
  }

  #showSum(step) {
    if (this.sum.hidden) return;
    const several = step.of > 1 && step.terms?.length > 0;
    const written = several ? sumText(step) : "";
    const sum = several && (!written || written.length > LONGEST_SUM) ? normText(step) : written;
    const key = `${sum}|${step.of}`;
    if (this.sum.dataset.key === key) return;
    this.sum.dataset.key = key;
    const count = several ? `term ${step.terms.length} of ${step.of}` : "";
    this.sum.replaceChildren(several ? h("b", { class: "gw-grd" }, sum) : "", several ? h("span", {}, count) : "");
  }

  /** Light the step's line, and underline the very expression on it. */
  #light(step) {
    for (const line of this.lit ?? []) {
      line.classList.remove("is-lit");
      if (line.childElementCount) line.textContent = line.textContent;
    }
    this.lit = [];
    if (!this.lines || !step.line) return;
    const [from, to] = step.span ? [step.span[0], step.span[2]] : [step.line, step.line];
    for (let number = Math.min(from, step.line); number <= Math.max(to, step.line); number++) {
      const line = this.lines[number - 1];
      if (!line) continue;
      line.classList.add("is-lit");
      this.lit.push(line);
      if (!step.span || number < from || number > to) continue;
      const text = line.textContent;
      const start = number === from ? step.span[1] : text.length - text.trimStart().length;
      const end = number === to ? step.span[3] : text.length;
      line.replaceChildren(text.slice(0, start), h("span", { class: "gw-span" }, text.slice(start, end)), text.slice(end));
    }
  }

  /** Scroll the code, and only the code, so far that the lit line is in sight; if there is room, between its neighbours. */
  #scrollToLit() {
    const line = this.lit?.[0];
    if (!line?.isConnected) return;
    const { scrollTop, clientHeight } = this.code;
    const row = parseFloat(getComputedStyle(this.code).lineHeight);
    const around = clientHeight > 2.5 * row ? row : 0;
    const [top, bottom] = [line.offsetTop - around, line.offsetTop + line.offsetHeight + around];
    const whole = (px) => Math.round(px / row) * row; // no line is cut
    if (top < scrollTop) this.code.scrollTop = whole(Math.max(0, top));
    else if (bottom > scrollTop + clientHeight) this.code.scrollTop = whole(Math.min(top, bottom - clientHeight));
  }
}

/** @param {() => void} work */
function whenIdle(work) {
  if (window.requestIdleCallback) window.requestIdleCallback(work);
  else setTimeout(work, 60);
}

/** How large the formulas of a step may come out. */
const lengthOf = ({ formula }) => formula.symbols.length + formula.numbers.length;
const rowsOf = ({ formula }) => (formula.symbols + formula.numbers).split(/\\\\|\\d?frac/).length;

/** Whether a card's warning already stands in the step's sentence or over the graph. */
const isSaid = (warning, step, walk) => step.sentence.includes(warning) || walk.payload.notices?.includes(warning);

/** How large the sum is so far, where it is an array. */
function normText(step) {
  if (step.total.cells[0] === COVERED) return COVERED;
  return `${step.terms.length < step.of ? "norm so far" : "norm"} ${shortNumber(step.total.norm)}`;
}

function codeLine(text) {
  const line = h("div", { class: "gw-line" }, text || " ");
  line.style.setProperty("--indent", String(text.length - text.trimStart().length));
  return line;
}

/** A sentence without its marks. */
const plain = (text) => text.replaceAll("**", "").replaceAll("`", "");
