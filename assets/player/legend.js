/** What colour and stripes of the heat maps mean, with the scale of the array that the step is about. */

import { h, s, setAttribute, setText } from "./dom.js";
import { scaleOf } from "./heatmap.js";
import { COVERED, shortNumber } from "./numbers.js";

/** @typedef {import("./payload.js").Walk} Walk */

export class Legend {
  constructor() {
    this.what = h("span");
    this.largest = h("span");
    const stripes = s("svg", { class: "gw-legend-stripes", viewBox: "0 0 16 12", "aria-hidden": "true" });
    stripes.append(s("rect", { width: 16, height: 12, rx: 2 }), s("path", { d: "M-1 5 5-1M-1 11 11-1M3 13 15 1M9 13 17 5" }));
    const scale = h("span", { class: "gw-scale" }, this.what, "0", h("i", { class: "gw-ramp" }), this.largest);
    this.element = h("div", { class: "gw-legend" }, scale, h("span", { class: "gw-scale" }, stripes, "negative"));
  }

  /** Only a graph with arrays has one. @param {Walk} walk */
  draw(walk) {
    this.element.hidden = !walk.payload.nodes.some((node) => node.value.shape.length > 0);
  }

  /**
   * @param {number} index
   * @param {Walk} walk
   */
  show(index, walk) {
    if (this.element.hidden) return;
    const step = walk.payload.steps[index];
    const node = step.focus ? walk.nodes.get(step.focus) : null;
    const kind = step.total ? "gradient" : "value";
    const tensor = node ? walk.known(node, index)[kind] : null;
    const array = tensor && tensor.shape.length > 0 && tensor.cells[0] !== COVERED;
    setAttribute(this.element, "data-kind", array ? kind : null);
    setText(this.what, array ? `${kind} of ${node.name}` : "size");
    setText(this.largest, array ? shortNumber(scaleOf(tensor)) : "each array’s largest");
  }
}
