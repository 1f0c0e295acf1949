/** The nudge box: change one leaf a little, and compare what happens with what the gradient foretold. */

import { OVERTAKEN } from "./api.js";
import { h } from "./dom.js";
import { parseNumber, signedNumber, toNumber } from "./numbers.js";
import { cellName, cellPlace, sameValue } from "./payload.js";

/** @typedef {import("./payload.js").Walk} Walk */

const MOST_CELLS = 36;

export class Nudge {
  /**
   * @param {{ask: (body: {name: string, cell: number[], by: number}) => Promise<any>, known: (name: string) => boolean,
   *   moved: (changes: Record<string, number>) => void}} options known: whether the walk has come to this leaf's gradient;
   *   moved: by how much each card's number moves, which holds until the next call
   */
  constructor(options) {
    this.options = options;
    this.leaf = h("select", { "aria-label": "Leaf to nudge", onchange: () => this.run() });
    this.by = h("input", { "aria-label": "Size of the nudge", inputmode: "decimal", value: "0.01", autocomplete: "off", onchange: () => this.run() });
    this.by.addEventListener("keydown", (event) => event.key === "Enter" && this.run());
    this.button = h("button", { type: "button", class: "gw-button gw-small", onclick: () => this.run() }, "Try it");
    this.result = h("div", { class: "gw-nudge-result", "aria-live": "polite" });
    this.element = h(
      "div",
      { class: "gw-nudge", role: "group", "aria-label": "Nudge" },
      h("div", { class: "gw-nudge-line" }, "Nudge ", this.leaf, " by ", this.by, this.button),
      this.result,
    );
    this.asked = false;
  }

  /**
   * @param {Walk} walk
   * @param {boolean} possible whether there is a server to ask
   * @param {{name: string, by?: number, cell?: number[]}|null} first the lesson's own choice
   */
  draw(walk, possible, first) {
    const choices = possible ? choicesOf(walk) : [];
    this.element.hidden = choices.length === 0;
    const key = choices.map((choice) => choice.label).join();
    if (key !== this.key) {
      this.key = key;
      this.choices = choices;
      const wanted = ({ name, cell }) => name === first?.name && sameValue(cell, first.cell ?? []);
      this.leaf.replaceChildren(...choices.map((c, i) => h("option", { value: i, selected: wanted(c) }, c.label)));
      if (first?.by) this.by.value = String(first.by);
      this.asked = false;
      this.#clear();
    }
    const root = walk.nodes.get(walk.payload.root);
    this.rootName = root?.name || "the result";
    this.covered = walk.payload.cover ?? null;
    if (this.asked) this.run();
  }

  /** The step has changed, and with it perhaps whether the gradient is known. */
  show() {
    this.options.moved({});
    if (this.reply && this.told !== this.#tells()) this.#say(this.reply);
  }

  #tells() {
    return this.options.known(this.choices[Number(this.leaf.value)]?.name);
  }

  #clear() {
    this.reply = null;
    this.options.moved({});
    this.result.replaceChildren();
  }

  /** Ask the server, and say what came of it. */
  async run() {
    const choice = this.choices[Number(this.leaf.value)];
    const by = parseNumber(this.by.value);
    if (!choice) return;
    this.options.moved({});
    if (by === null || by === 0) {
      this.result.replaceChildren("Type how far to nudge: a number other than 0, such as 0.01.");
      return;
    }
    this.asked = true;
    try {
      const reply = await this.options.ask({ name: choice.name, cell: choice.cell, by });
      if (reply === OVERTAKEN) return;
      this.#say(reply);
      this.options.moved(reply.moved);
    } catch (error) {
      this.result.replaceChildren(error.message);
    }
  }

  #say(reply) {
    this.reply = reply;
    this.told = this.#tells();
    const [real, told] = [toNumber(reply.change), toNumber(reply.predicted)];
    const name = this.choices[Number(this.leaf.value)]?.name;
    const changes = [`${this.rootName} really changes by `, h("b", { class: "gw-val" }, signedNumber(real, 4))];
    if (this.covered?.kind === "gradient" && this.covered.name === name) {
      this.result.replaceChildren(...changes, ". What the gradient foretells is yours to predict.");
      return;
    }
    if (!this.told) {
      this.result.replaceChildren(...changes, ". The gradient is still to come: walk backward to see what it foretells.");
      return;
    }
    this.result.replaceChildren(
      ...changes,
      "; the gradient foretold ",
      h("b", { class: "gw-grd" }, signedNumber(told, 4)),
      `. ${verdict(real, told, reply.by)}`,
    );
  }
}

/** In one clause: why the two agree, or why not. */
export function verdict(real, told, by) {
  if (!Number.isFinite(real) || !Number.isFinite(told)) return "A number here is not finite.";
  const size = Math.max(Math.abs(real), Math.abs(told));
  if (size < 1e-12) return "Nothing flows back to it.";
  const gap = Math.abs(real - told) / size;
  if (gap < 1e-6) return "Equal: a steady slope.";
  if (gap < 0.05) return "The rest: the curve bends.";
  return Math.abs(by) > 0.001 ? "The curve bends: a smaller nudge comes closer." : "There is a corner here.";
}

/** A cell's name; of a matrix whose rows and columns both have words, the place and then these: `y[0, 1] boat, wealth`. */
function withPlace(node, index) {
  const [name, place] = [cellName(node, index), cellPlace(node, index)];
  if (place.length < 2 || !node.labels?.every((words) => words.length)) return name;
  return `${node.name}[${place.join(", ")}] ${name.slice(node.name.length + 1, -1)}`;
}

function choicesOf(walk) {
  const choices = [];
  for (const node of walk.payload.nodes) {
    if (!node.input || !node.learns || node.value.shape.length > 2) continue;
    node.value.cells.slice(0, MOST_CELLS).forEach((_, index) => {
      choices.push({ name: node.input.name, cell: cellPlace(node, index), label: withPlace(node, index) });
    });
  }
  return choices;
}
