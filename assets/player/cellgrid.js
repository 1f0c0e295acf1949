/** Picking one cell of a card's value or gradient: by a click, or by the arrow keys and Enter. */

import { s, setAttribute } from "./dom.js";
import { fullNumber, shortNumber } from "./numbers.js";
import { cellName } from "./payload.js";

/** @typedef {import("./cards.js").Card} Card */
/** @typedef {"value"|"gradient"} Kind */

const ARROWS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

/** Where a cell in view stands in the graph. @param {Card} card @param {Kind} kind @param {number} index */
export function cellRect(card, kind, index) {
  const { node } = card;
  const slot = node.slots[kind];
  const { shape, cols } = node.value;
  if (shape.length === 0 || slot.norm) return { x: node.x + slot.x - 3, y: node.y + slot.y + 1, w: slot.w + 6, h: slot.h - 2 };
  const [w, h] = slot.cell;
  return { x: node.x + slot.x + (index % cols) * w, y: node.y + slot.y + Math.floor(index / cols) * h, w, h };
}

export class CellGrids {
  /** The grids of a card. @type {WeakMap<Card, SVGGElement[]>} */
  #grids = new WeakMap();

  /**
   * @param {import("./graph.js").Graph} graph
   * @param {{open: () => boolean, pick: (card: Card, kind: Kind, index: number) => void,
   *   norm: (card: Card, kind: Kind) => void}} options open: whether cells can be asked for at all here; norm: what is
   *   asked about is the one number that stands for an array
   */
  constructor(graph, options) {
    this.graph = graph;
    this.options = options;
    // Before the graph's own listeners: elsewhere on a card a click leads to the card's step.
    graph.svg.addEventListener("click", (event) => this.#clicked(event), true);
    graph.svg.addEventListener("keydown", (event) => this.#pressed(event), true);
  }

  /** Whether this kind of a card is something that was computed. @param {Card} card @param {Kind} kind */
  #explains({ node }, kind) {
    if (!node.slots?.[kind]) return false;
    return kind === "gradient" ? node.learns : node.kind === "op" || node.kind === "box";
  }

  #clicked(event) {
    const target = event.target.closest?.(".gw-map .gw-cell, .gw-number");
    const card = target && this.options.open() && this.#cardOf(target);
    if (!card) return;
    const kind = target.closest(".gw-map-gradient, .gw-number.gw-text-gradient") ? "gradient" : "value";
    if (!this.#explains(card, kind) || card.shown[kind] === null) return;
    event.stopPropagation();
    this.ask(card, kind, Number(target.dataset.cell ?? 0));
  }

  /** Ask about a cell, if it can be asked about. @param {Card} card @param {Kind} kind @param {number} index */
  ask(card, kind, index) {
    if (!this.options.open() || !this.#explains(card, kind) || !card.shown[kind]) return;
    if (card.node.slots[kind].norm) this.options.norm(card, kind);
    else this.options.pick(card, kind, index);
  }

  /** On a card, V and G ask for its value and gradient; of an array they lead into its cells. */
  #pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.options.open()) return;
    const kind = { v: "value", g: "gradient" }[event.key.toLowerCase()];
    if (!kind || !event.target.matches(".gw-node")) return;
    const card = this.#cardOf(event.target);
    if (!card || !this.#explains(card, kind)) return;
    event.preventDefault();
    event.stopPropagation();
    if (card.node.value.shape.length && !card.node.slots[kind].norm) this.gridOf(card, kind)?.focus();
    else if (card.shown[kind]) this.ask(card, kind, 0);
  }

  #cardOf(target) {
    return this.graph.cards.get(target.closest("[data-node]")?.dataset.node);
  }

  /** Add the stops of the Tab key to a new card: one for each grid of cells. @param {SVGGElement} item @param {Card} card */
  stops(item, card) {
    if (!this.options.open()) return;
    const kinds = ["value", "gradient"].filter((kind) => this.#explains(card, kind));
    if (kinds.length) card.element.setAttribute("aria-keyshortcuts", kinds.map((kind) => kind[0].toUpperCase()).join(" "));
    if (card.node.value.shape.length === 0 || card.node.value.cells.length === 0) return;
    const grids = kinds.filter((kind) => !card.node.slots[kind].norm).map((kind) => this.#grid(card, kind));
    this.#grids.set(card, grids);
    item.append(...grids);
  }

  /** What a card shows has changed: so has what its grids say, which can be read without the focus. @param {Card} card */
  rename(card) {
    for (const grid of this.#grids.get(card) ?? [])
      setAttribute(grid, "aria-label", this.#label(card, grid.dataset.kind, Number(grid.dataset.at)));
  }

  /** @param {Card} card @param {Kind} kind @returns {SVGGElement|null} */
  gridOf(card, kind) {
    return card.element.parentNode?.querySelector(`.gw-grid[data-kind="${kind}"]`) ?? null;
  }

  #grid(card, kind) {
    const ring = s("rect", { class: "gw-grid-ring", rx: 3 });
    const grid = s("g", { class: "gw-grid gw-handle", role: "button", "aria-roledescription": "grid of cells", tabindex: "0", "data-kind": kind, "data-at": 0 }, ring);
    const move = (index) => {
      const { x, y, w, h } = cellRect(card, kind, index);
      for (const [name, value] of Object.entries({ x: x - card.node.x, y: y - card.node.y, width: w, height: h })) ring.setAttribute(name, value);
      grid.dataset.at = String(index);
      setAttribute(grid, "aria-label", this.#label(card, kind, index));
    };
    move(0);
    grid.addEventListener("focus", () => move(Number(grid.dataset.at)));
    grid.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const at = Number(grid.dataset.at);
      const { rows, cols } = card.node.value;
      const arrow = ARROWS[event.key];
      if (arrow) {
        const row = Math.min(rows - 1, Math.max(0, Math.floor(at / cols) + arrow[0]));
        move(row * cols + Math.min(cols - 1, Math.max(0, (at % cols) + arrow[1])));
      } else if (event.key === "Enter" || event.key === " ") {
        if (card.shown[kind]) this.options.pick(card, kind, at);
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return grid;
  }

  #label(card, kind, index) {
    const cell = card.shown[kind]?.cells[index];
    const number = cell === undefined ? "not yet known" : shortNumber(cell, 3) || fullNumber(cell);
    return `Cells of the ${kind} of ${card.node.name}: ${cellName(card.node, index)}, ${number}`;
  }
}
