/** Rings around cells of the graph: the one that is asked about, and those that it came from. */

import { cellRect } from "./cellgrid.js";
import { s } from "./dom.js";

/** @typedef {{card: string, kind: "value"|"gradient", cells: number[]}} Lit */

export class Rings {
  /** @param {import("./graph.js").Graph} graph */
  constructor(graph) {
    this.graph = graph;
    this.layer = s("g", { class: "gw-layer-rings" });
    graph.world.append(this.layer);
  }

  /**
   * @param {Lit} chosen the one cell that is asked about
   * @param {Lit[]} lit
   */
  show(chosen, lit) {
    const own = `${chosen.card} ${chosen.kind} ${chosen.cells[0]}`;
    const rings = lit.flatMap(({ card, kind, cells }) =>
      this.#drawn(card, kind, cells).filter((index) => `${card} ${kind} ${index}` !== own).map((index) => this.#ring(card, kind, index, false)),
    );
    this.layer.replaceChildren(...rings.filter(Boolean), this.#ring(chosen.card, chosen.kind, chosen.cells[0], true) ?? "");
  }

  clear() {
    if (this.layer.firstChild) this.layer.replaceChildren();
  }

  /** Of an array that is there only as its norm, that one number. */
  #drawn(id, kind, cells) {
    return this.graph.cards.get(id)?.node.slots[kind]?.norm ? [0] : cells;
  }

  #ring(id, kind, index, chosen) {
    const card = this.graph.cards.get(id);
    if (!card?.node.slots[kind]) return null;
    const { x, y, w, h } = cellRect(card, kind, index);
    const grow = chosen ? 1 : -0.5;
    const box = { x: x - grow, y: y - grow, width: w + 2 * grow, height: h + 2 * grow, rx: 3 };
    return s("g", { class: chosen ? "gw-ring is-chosen" : "gw-ring", "data-kind": kind, "data-card": id }, s("rect", { ...box, class: "gw-ring-back" }), s("rect", box));
  }
}
