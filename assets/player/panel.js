/** The step's other three faces beside the picture: sentence, formula, line of code; and the nudge. */

import { h, s, setAttribute, setText } from "./dom.js";
import { setFormula } from "./formula.js";
import { scaleOf } from "./heatmap.js";
import { shortNumber } from "./numbers.js";
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
    this.sum = h("div", { class: "gw-sum" });
    this.warning = h("div", { class: "gw-caution", hidden: true });
    this.code = h("pre", { class: "gw-code", "aria-label": "Code", tabindex: "0" });
    this.legend = legend();
    this.element = h(
      "aside",
      { class: "gw-panel", "aria-label": "This step" },
      this.kicker,
      this.sentence,
      h("div", { class: "gw-formulas" }, this.symbols, this.numbers),
      this.sum,
      this.warning,
      this.code,
      this.legend.element,
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
      this.lines = text.replace(/\n$/, "").split("\n").map((line) => h("div", { class: "gw-line" }, line || " "));
      this.code.replaceChildren(...this.lines);
      this.lit = [];
    }
    this.sum.hidden = !payload.steps.some((step) => step.of > 1);
    this.legend.element.hidden = !payload.nodes.some((node) => node.value.shape.length > 0);
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
    this.#showSum(step);
    const node = step.focus ? walk.nodes.get(step.focus) : null;
    this.warning.hidden = !node?.warning;
    if (node?.warning) setRich(this.warning, node.warning);
    this.#light(step);
    if (!this.legend.element.hidden) this.#showScale(walk, step, index);
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
    this.#scrollToLit();
  }

  /** Scroll the code, and only the code, so far that the lit line is in sight. */
  #scrollToLit() {
    const index = this.lines.indexOf(this.lit[0]);
    if (index === this.scrolledTo || index < 0) return;
    this.scrolledTo = index;
    requestAnimationFrame(() => {
      const line = this.lines[index];
      if (!line) return;
      const { offsetTop: top, offsetHeight: height } = line;
      const { scrollTop, clientHeight } = this.code;
      if (top < scrollTop + height) this.code.scrollTop = Math.max(0, top - height);
      else if (top + 2 * height > scrollTop + clientHeight) this.code.scrollTop = top + 2 * height - clientHeight;
    });
  }

  /** The scale of the array that this step is about. */
  #showScale(walk, step, index) {
    const node = step.focus ? walk.nodes.get(step.focus) : null;
    const known = node ? walk.known(node, index) : null;
    const kind = step.total ? "gradient" : "value";
    const tensor = known?.[kind];
    const array = tensor && tensor.shape.length > 0;
    setAttribute(this.legend.element, "data-kind", array ? kind : null);
    setText(this.legend.largest, array ? shortNumber(scaleOf(tensor)) : "largest");
    setText(this.legend.what, array ? `${kind} of ${node.name}` : "size");
  }
}

/** What colour and stripes mean. */
function legend() {
  const largest = h("span", {}, "largest");
  const what = h("span", {}, "size");
  const stripes = s("svg", { class: "gw-legend-stripes", viewBox: "0 0 16 12", "aria-hidden": "true" });
  stripes.append(s("rect", { width: 16, height: 12, rx: 2 }), s("path", { d: "M-1 5 5-1M-1 11 11-1M3 13 15 1M9 13 17 5" }));
  const element = h("div", { class: "gw-legend" }, what, "0", h("i", { class: "gw-ramp" }), largest, stripes, "negative");
  return { element, largest, what };
}
