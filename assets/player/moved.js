/** By how much a nudge moves the numbers on the cards: it stands beside each of them until something else changes. */

import { s } from "./dom.js";
import { widthOf } from "./measure.js";
import { COVERED, signedNumber } from "./numbers.js";

/** @typedef {import("./cards.js").Card} Card */

const GAP = 6; // px between a change and what stands beside it
const DIGITS = [3, 2, 1];

export class Moved {
  /** The cards whose label makes room. @type {Card[]} */
  #crowded = [];

  /** @param {import("./graph.js").Graph} graph */
  constructor(graph) {
    this.graph = graph;
    this.layer = s("g", { class: "gw-layer-moved", "aria-hidden": "true" }); // the panel says what came of it
    graph.world.append(this.layer);
  }

  /** @param {Record<string, number>} changes by card */
  show(changes) {
    this.clear();
    for (const [id, change] of Object.entries(changes)) {
      const card = this.graph.cards.get(id);
      if (card && isNumber(card)) this.layer.append(this.#beside(card, change));
    }
  }

  clear() {
    this.layer.replaceChildren();
    for (const card of this.#crowded.splice(0)) card.element.classList.remove("is-crowded");
  }

  /** Between the label and the number; where both leave too little room, in the label's place. */
  #beside({ node, value, element }, change) {
    const { font } = this.graph;
    const { x, y, w, h } = node.slots.value;
    const size = value.text.classList.contains("is-long") ? 11 : 13.5;
    const right = x + w - widthOf(value.text.textContent, `600 ${size}px ${font}`) - GAP;
    const from = Number(value.label.getAttribute("x"));
    const label = widthOf(value.label.textContent, `400 11px ${font}`) + GAP;
    const fits = (text, room) => widthOf(text, `600 11px ${font}`) <= room;
    const texts = DIGITS.map((digits) => signedNumber(change, digits));
    const whole = fits(texts[0], right - from - label);
    if (!whole) {
      element.classList.add("is-crowded");
      this.#crowded.push(this.graph.cards.get(node.id));
    }
    const text = whole ? texts[0] : (texts.find((one) => fits(one, right - from)) ?? texts.at(-1));
    return s("text", { class: "gw-moved gw-text-value", x: node.x + right, y: node.y + y + h / 2, dy: ".35em" }, text);
  }
}

/** Whether the card shows one number that is known. @param {Card} card */
function isNumber({ node, shown }) {
  return node.value.shape.length === 0 && node.slots.value && shown.value && shown.value.cells[0] !== COVERED;
}
