/** Where the graph that is shown stands in a larger one, as names to climb back by: `scores › scores[1, 2]`. */

import { h, setText } from "./dom.js";

/** @typedef {{label: string, go: (() => void)|null}} Entry go: back to this level; the last entry is where we are, and has none */

const MOST = 4; // entries, so that the trail stays on one line

/** A long trail: the first level, one for all that are left out, which leads to the nearest of these, and the last two. */
function withoutMiddle(entries) {
  return entries.length <= MOST ? entries : [entries[0], { label: "…", go: entries.at(-3).go }, ...entries.slice(-2)];
}

export class Trail {
  #key = "";
  /** @type {Entry[]} */
  #entries = [];

  constructor() {
    this.list = h("ol", { class: "gw-trail-list" });
    this.element = h("nav", { class: "gw-trail", "aria-label": "Where you are", hidden: true }, this.list);
  }

  /**
   * Show these levels, the outermost first. Fewer than two are no trail.
   * @param {Entry[]} entries
   */
  show(entries) {
    entries = withoutMiddle(entries);
    this.#entries = entries;
    this.element.hidden = entries.length < 2;
    const key = JSON.stringify(entries.map(({ label, go }) => [label, Boolean(go)]));
    if (key === this.#key) return;
    this.#key = key;
    this.list.replaceChildren(...entries.map((entry, index) => this.#item(entry, index)));
  }

  /** Whether there is a level to climb back to. */
  get climbs() {
    return this.#entries.length > 1;
  }

  /** The button that leads back to the level around this one. @returns {HTMLButtonElement|null} */
  get back() {
    return [...this.list.querySelectorAll("button")].at(-1) ?? null;
  }

  /** Back to the level around this one. */
  climb() {
    this.#entries.at(-2)?.go?.();
  }

  #item({ label, go }, index) {
    if (!go) return h("li", {}, h("span", { class: "gw-trail-here", "aria-current": "location" }, label));
    const step = h("button", { type: "button", class: "gw-button gw-quiet gw-trail-step", onclick: () => this.#entries[index].go?.() });
    setText(step, label);
    return h("li", {}, step);
  }
}
