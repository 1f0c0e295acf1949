/** The step's other three faces beside the picture: sentence, formula, line of code; and the nudge. */

import { h, setAttribute, setText } from "./dom.js";
import { fitFormula, prepareFormula, setFormula } from "./formula.js";
import { widthOf } from "./measure.js";
import { sumText } from "./flow.js";
import { setRich } from "./text.js";

/** @typedef {import("./payload.js").Walk} Walk */
/** @typedef {import("./payload.js").Step} Step */

export class Panel {
  /** @param {HTMLElement} nudge the nudge box, which keeps its place at the bottom */
  constructor(nudge) {
    this.kicker = h("div", { class: "gw-kicker" });
    this.sentence = h("div", { class: "gw-sentence", role: "status", "aria-live": "polite", "aria-atomic": "true" });
    this.symbols = h("div", { class: "gw-symbols" });
    this.numbers = h("div", { class: "gw-numbers" });
    this.formulas = h("div", { class: "gw-formulas" }, this.symbols, this.numbers);
    this.sum = h("div", { class: "gw-sum" });
    this.warning = h("div", { class: "gw-caution", hidden: true });
    this.code = h("pre", { class: "gw-code", "aria-label": "Code", tabindex: "0" });
    this.element = h(
      "aside",
      { class: "gw-panel", "aria-label": "This step" },
      this.kicker,
      this.sentence,
      this.formulas,
      this.sum,
      this.warning,
      this.code,
      nudge,
    );
  }

  /** What stays the same during a walk: the code, and whether there are sums and arrays at all. @param {Walk} walk */
  draw(walk) {
    const { payload } = walk;
    const text = payload.code?.text ?? "";
    this.code.hidden = !text;
    if (this.text !== text) {
      this.text = text;
      this.lines = text.replace(/\n$/, "").split("\n").map(codeLine);
      this.code.replaceChildren(...this.lines);
      this.code.style.minHeight = `${1.1 + 1.6 * Math.min(3, this.lines.length)}em`;
      this.lit = [];
    }
    this.sum.hidden = !payload.steps.some((step) => step.of > 1);
    if (payload.structure !== this.reserved) this.reserve(payload);
    const arrays = payload.nodes.some((node) => node.value.shape.length > 0);
    this.formulas.classList.toggle("is-tall", arrays);
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
    const warning = node?.warning && !isSaid(node.warning, step, walk) ? node.warning : "";
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
    const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 60));
    idle(() => {
      for (const near of [index + 1, index + 2, index - 1]) {
        const formula = walk.payload.steps[near]?.formula;
        if (formula) prepareFormula(formula.symbols, formula.numbers);
      }
    });
  }

  #showSum(step) {
    if (this.sum.hidden) return;
    const several = step.of > 1 && step.terms?.length > 0;
    const key = several ? `${sumText(step)}|${step.of}` : "";
    if (this.sum.dataset.key === key) return;
    this.sum.dataset.key = key;
    const count = several ? `term ${step.terms.length} of ${step.of}` : "";
    this.sum.replaceChildren(several ? h("b", { class: "gw-grd" }, sumText(step)) : "", several ? h("span", {}, count) : "");
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

  /** Scroll the code, and only the code, so far that the lit line is in sight. */
  #scrollToLit() {
    const line = this.lit?.[0];
    if (!line?.isConnected) return;
    const { offsetTop: top, offsetHeight: height } = line;
    const { scrollTop, clientHeight } = this.code;
    const around = 20; // px of the line before and the line after
    if (top - around < scrollTop) this.code.scrollTop = Math.max(0, top - around);
    else if (top + height + around > scrollTop + clientHeight) this.code.scrollTop = Math.min(top - around, top + height + around - clientHeight);
  }
}

/** Whether a card's warning already stands in the step's sentence or over the graph. */
const isSaid = (warning, step, walk) => step.sentence.includes(warning) || walk.payload.notices?.includes(warning);

function codeLine(text) {
  const line = h("div", { class: "gw-line" }, text || " ");
  line.style.setProperty("--indent", String(text.length - text.trimStart().length));
  return line;
}

/** A sentence without its marks. */
const plain = (text) => text.replaceAll("**", "").replaceAll("`", "");
