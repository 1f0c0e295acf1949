/** Asking where a cell comes from: picking it, lighting what it used, telling it, opening it as scalars. */

import { OVERTAKEN } from "./api.js";
import { CellGrids } from "./cellgrid.js";
import { OriginPanel } from "./origin.js";
import { COVERED, shortNumber } from "./numbers.js";
import { cellIndex, cellName, cellPlace } from "./payload.js";
import { Rings } from "./rings.js";

/** @typedef {import("./cards.js").Card} Card */
/** @typedef {{node: string, kind: "value"|"gradient", cell: number[], boxes?: string[]}} Scalars */
/** @typedef {{card: string, kind: "value"|"gradient", cell: number[]}} Asked a cell of a card, by its place in the whole tensor */

export class CellOrigins {
  #asked = /** @type {{card: Card, kind: "value"|"gradient", index: number}|null} */ (null);

  /**
   * @param {import("./graph.js").Graph} graph
   * @param {HTMLElement} panel its class says whether it tells of a cell or of the step
   * @param {{enabled: () => boolean, complete: (card: Card, kind: string) => boolean,
   *   ask: (of: object) => Promise<any>, open: (scalars: Scalars, card: string) => void, changed: () => void}} options complete:
   *   whether what the card shows is all that it will show; changed: another cell is told of, or none
   */
  constructor(graph, panel, options) {
    this.graph = graph;
    this.options = options;
    this.panel = panel;
    this.rings = new Rings(graph);
    this.grids = new CellGrids(graph, { open: options.enabled, pick: (card, kind, index) => this.pick(card, kind, index), norm: (card, kind) => this.norm(card, kind) });
    this.told = new OriginPanel({ more: (terms) => this.#ask(terms), open: () => this.#open(), close: () => this.close(true) });
    panel.append(this.told.element);
  }

  /** Whether the panel tells of a cell. */
  get isOpen() {
    return this.#asked !== null;
  }

  /** The cell that the panel tells of. @returns {Asked|null} */
  get asked() {
    if (!this.#asked) return null;
    const { card, kind, index } = this.#asked;
    return { card: card.node.id, kind, cell: cellPlace(card.node, index) };
  }

  /** Tell of this cell, if it is in view and known. @param {Asked} asked */
  tellOf({ card: id, kind, cell }) {
    const card = this.graph.cards.get(id);
    if (!card) return;
    const index = card.node.slots[kind]?.norm ? 0 : cellIndex(card.node, cell);
    if (index >= 0) this.grids.ask(card, kind, index);
  }

  /** @param {Card} card */
  #choose(card, kind, index) {
    this.#asked = { card, kind, index };
    this.rings.show({ card: card.node.id, kind, cells: [index] }, []);
    this.options.changed();
  }

  /**
   * @param {Card} card
   * @param {"value"|"gradient"} kind
   * @param {number} index among the cells in view
   */
  pick(card, kind, index) {
    this.#choose(card, kind, index);
    if (card.shown[kind].cells[0] === COVERED) {
      this.#tell(() => this.told.say(cellName(card.node, index), "This number is yours to predict first."));
      return;
    }
    if (this.options.complete(card, kind)) return this.#ask();
    this.#tell(() => this.told.say(cellName(card.node, index), "More terms are still to come: this is the sum so far. Step on until the gradient is whole, then ask again."));
  }

  /** What the norm is that stands for a large array on a closed box. @param {Card} card @param {"value"|"gradient"} kind */
  norm(card, kind) {
    this.#choose(card, kind, 0);
    const { name, box } = card.node;
    const { norm, shape } = card.shown[kind];
    const of = kind === "value" ? name : `the gradient of ${name}`;
    const count = shape.reduce((product, size) => product * size, 1).toLocaleString("en");
    const where = box.members ? "Open one of its boxes" : "Open the box";
    const sentence = `${shortNumber(norm)} is the norm of ${of}: the square root of the sum of the squares of all its ${count} numbers. ${where} to see them, and to ask where each one comes from.`;
    this.#tell(() => this.told.say(`norm of ${of}`, sentence, "What is this number?"));
  }

  async #ask(terms) {
    const asked = this.#asked;
    if (!asked) return;
    const { card, kind, index } = asked;
    try {
      const of = { node: card.node.id, kind, cell: cellPlace(card.node, index), ...(terms ? { terms } : {}) };
      const origin = await this.options.ask(of);
      if (origin === OVERTAKEN || this.#asked !== asked) return;
      this.rings.show({ card: card.node.id, kind, cells: [index] }, origin.lit);
      this.#tell(() => this.told.show(origin));
      if (terms && this.told.more.hidden) this.told.open.focus({ preventScroll: true });
    } catch (error) {
      if (this.#asked === asked) this.#tell(() => this.told.say(cellName(card.node, index), error.message));
    }
  }

  #tell(show) {
    this.panel.classList.add("is-cell");
    show();
    this.panel.scrollTop = 0;
  }

  #open() {
    const { card, node, kind, cell, boxes } = this.told.origin;
    this.options.open({ node, kind, cell, ...(boxes.length ? { boxes } : {}) }, card);
  }

  /** Back to the step. @param {boolean} [refocus] put the focus back on the cell's grid, or on its card */
  close(refocus = false) {
    const asked = this.#asked;
    if (!asked) return;
    this.#asked = null;
    this.rings.clear();
    this.told.hide();
    this.panel.classList.remove("is-cell");
    this.options.changed();
    if (refocus) (this.grids.gridOf(asked.card, asked.kind) ?? asked.card.element).focus({ preventScroll: true });
  }
}
