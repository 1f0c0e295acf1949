/** A bar for each box of a stack: above the line the norm of its value, below it the norm of its gradient. */

import { s, setAttribute, setText } from "./dom.js";
import { shortNumber } from "./numbers.js";

/** @typedef {import("./payload.js").Box} Box */
/** @typedef {import("./payload.js").Member} Member */

const FAR_APART = 30; // largest over smallest: from here on small bars would vanish, so the scale is a logarithm
const SIDE = 10; // px between the card's edge and the words
const LEAST = 0.06; // of the room, so that every bar is there

export class Strip {
  /** @param {Box} box */
  constructor(box) {
    const { x, y, w, h } = box.strip;
    this.width = w / box.members.length;
    this.half = h / 2 - 1;
    this.element = s("g", { class: "gw-strip", transform: `translate(${x} ${y})` });
    this.picked = s("rect", { class: "gw-strip-picked", y: 0, height: h, width: this.width, rx: 2 });
    this.element.append(this.picked, s("path", { class: "gw-strip-line", d: `M0 ${h / 2}h${w}` }));
    this.labels = { value: this.#label("value", h / 4, x), gradient: this.#label("gradient", (h * 3) / 4, x) };
    const gap = this.width > 4 ? 1 : this.width * 0.2;
    this.bars = box.members.map((member, index) => {
      const place = { x: index * this.width + gap / 2, width: this.width - gap };
      const value = s("rect", { ...place, class: "gw-strip-value" });
      const gradient = s("rect", { ...place, class: "gw-strip-gradient", y: h / 2 });
      this.element.append(value, gradient);
      return { value, gradient };
    });
    this.far = { value: false, gradient: false };
    this.pick(0);
  }

  /** The word beside a row of bars, and below it room for the word that the row is on another scale. */
  #label(kind, middle, x) {
    const scale = s("tspan", { class: "gw-strip-scale", x: SIDE - x, dy: 10 });
    const word = s("tspan", { x: SIDE - x, dy: "0.35em" }, kind);
    const text = s("text", { class: `gw-strip-label gw-text-${kind}`, y: middle }, word, scale);
    this.element.append(text);
    return { text, scale, middle };
  }

  /** Show which box is picked. @param {number} index */
  pick(index) {
    this.index = index;
    setAttribute(this.picked, "x", index * this.width);
  }

  /**
   * @param {Member[]} members
   * @param {{value: object|null, gradient: object|null}} known null: not computed yet at this step
   */
  patch(members, known) {
    this.members = members;
    this.#draw("value", known.value !== null, (bar, height) => {
      setAttribute(bar, "height", height);
      setAttribute(bar, "y", this.half + 1 - height);
    });
    this.#draw("gradient", known.gradient !== null, (bar, height) => setAttribute(bar, "height", height));
    this.known = { value: known.value !== null, gradient: known.gradient !== null };
  }

  #draw(kind, known, write) {
    const sizes = this.members.map((member) => member[kind] ?? 0);
    const key = known ? sizes.join() : "";
    if (this[kind] === key) return;
    this[kind] = key;
    const shares = sharesOf(sizes);
    const { text, scale, middle } = this.labels[kind];
    this.far[kind] = known && liesFarApart(sizes);
    setText(scale, this.far[kind] ? "log scale" : "");
    setAttribute(text, "y", this.far[kind] ? middle - 5 : middle);
    this.bars.forEach((bar, index) => write(bar[kind], known ? (shares[index] * this.half).toFixed(1) : 0));
  }

  /** What a box of the stack holds, in words. @param {number} index */
  describe(index) {
    const { label, value, gradient } = this.members[index];
    const norm = (kind, size) => `${kind} norm ${shortNumber(size)}${this.far[kind] ? " (its bar on a log scale)" : ""}`;
    const parts = [label];
    if (this.known.value) parts.push(norm("value", value));
    if (this.known.gradient && gradient !== null) parts.push(norm("gradient", gradient));
    return parts.join(", ");
  }
}

/** How much of the room each bar takes, from 0 to 1. @param {number[]} sizes not negative */
export function sharesOf(sizes) {
  const [least, most] = endsOf(sizes);
  const share = (size) => {
    if (!(size > 0)) return 0;
    if (!Number.isFinite(size)) return 1;
    if (!liesFarApart(sizes)) return Math.max(LEAST, size / most);
    return LEAST + (1 - LEAST) * (Math.log(size / least) / Math.log(most / least));
  };
  return sizes.map(share);
}

/** Whether they differ so much that their bars stand on a log scale. @param {number[]} sizes */
export function liesFarApart(sizes) {
  const [least, most] = endsOf(sizes);
  return most / least > FAR_APART;
}

function endsOf(sizes) {
  const some = sizes.filter((size) => size > 0 && Number.isFinite(size));
  return [Math.min(...some), Math.max(...some)];
}
