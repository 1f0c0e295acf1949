/** A quiet shade along each edge of the window beyond which the graph goes on. It covers nothing and takes no pointer. */

import { h } from "./dom.js";

const SIDES = ["left", "right", "top", "bottom"];

export class Beyond {
  constructor() {
    this.shades = new Map(SIDES.map((side) => [side, h("i", { class: "gw-beyond", "data-side": side })]));
    this.element = h("div", { "aria-hidden": "true" }, ...this.shades.values());
  }

  /** @param {{left: boolean, right: boolean, top: boolean, bottom: boolean}} more whether there is more of the graph */
  show(more) {
    for (const [side, shade] of this.shades) shade.classList.toggle("is-on", more[side]);
  }
}
