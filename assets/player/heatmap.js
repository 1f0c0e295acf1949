/**
 * An array as a small heat map: the stronger the colour, the larger the number; stripes mean negative. A cell that carries a
 * number is striped along its lower edge only, where the stripes leave the number alone.
 */

import { s, setAttribute, setText } from "./dom.js";
import { cutToFit, widthOf } from "./measure.js";
import { COVERED, fullNumber, shortNumber, toNumber } from "./numbers.js";

/** @typedef {import("./payload.js").Tensor} Tensor */
/** @typedef {import("./payload.js").Slot} Slot */

const FAINTEST = 0.1; // so that a small number still differs from 0
const STRONG = 0.66; // from here on a text in the page's own colour would be hard to read,
const MIDDLE = 0.5; // and from here on a dark page
const MARGIN = 3; // px that a number keeps from the sides of its cell
const EDGE = 3.5; // px, the height of the striped edge
/** How a number is written, from the best to the last resort: its digits, and the size of its font in px. */
const FITS = [[3, 11], [3, 10], [2, 11], [2, 10], [1, 11], [1, 10], [1, 9], [1, 8]];

export class HeatMap {
  /**
   * @param {Slot} slot
   * @param {Tensor} like the tensor whose rows and columns it has
   * @param {"value"|"gradient"} kind
   * @param {{font: string, hatch: (kind: string) => string}} look the font's family, and the fill of negative cells
   * @param {string[]} [words] what the numbers stand for: shown in their place, and no number is larger than another
   */
  constructor(slot, like, kind, look, words) {
    this.kind = kind;
    this.words = words;
    this.font = look.font;
    this.hatch = look.hatch(kind);
    this.slot = slot;
    this.columns = like.cols;
    this.rows = like.rows;
    this.element = s("g", { class: `gw-map gw-map-${kind}`, transform: `translate(${slot.x} ${slot.y})` });
    const [width, height] = slot.cell;
    this.cells = [];
    for (let index = 0; index < like.rows * like.cols; index++) {
      const x = (index % like.cols) * width;
      const y = Math.floor(index / like.cols) * height;
      const gap = Math.min(width, height) > 8 ? 1 : 0.5;
      const size = { x: x + gap / 2, y: y + gap / 2, width: width - gap, height: height - gap };
      const back = s("rect", { ...size, rx: gap * 2, class: "gw-cell-back" });
      const fill = s("rect", { ...size, rx: gap * 2, class: "gw-cell", "data-cell": index });
      const bottom = { x: size.x, y: size.y + size.height - EDGE, width: size.width, height: EDGE };
      const edge = slot.numbers ? s("rect", { ...bottom, rx: 1, class: "gw-cell-edge", style: `fill:${this.hatch}`, visibility: "hidden" }) : null;
      const text = slot.numbers ? s("text", { x: x + width / 2, y: y + height / 2, dy: ".35em", class: "gw-cell-text" }) : null;
      this.element.append(back, fill);
      if (text) this.element.append(edge, text);
      this.cells.push({ fill, edge, text });
    }
  }

  /**
   * Show the tensor, or an empty grid while it is not known.
   * @param {Tensor|null} tensor
   */
  patch(tensor) {
    const largest = tensor && !this.words ? scaleOf(tensor) : 0;
    this.cells.forEach(({ fill, edge, text }, index) => {
      const cell = tensor?.cells[index];
      const x = cell === undefined || cell === COVERED ? 0 : toNumber(cell);
      const broken = cell !== undefined && !Number.isFinite(x);
      const share = broken ? 1 : x === 0 || largest === 0 ? 0 : Math.max(FAINTEST, Math.abs(x) / largest);
      setAttribute(fill, "fill-opacity", share === 0 ? "0" : share.toFixed(3));
      const negative = !broken && x < 0;
      setAttribute(fill, "style", negative && !text ? `fill:${this.hatch}` : null);
      setAttribute(fill, "data-full", cell === undefined ? null : fullNumber(cell));
      fill.classList.toggle("is-broken", broken);
      if (!text) return;
      setAttribute(edge, "visibility", negative ? null : "hidden");
      const [short, size] = cell === undefined ? ["", FITS[0][1]] : this.words ? this.#word(index) : this.#fitted(cell);
      setText(text, short);
      setAttribute(text, "style", `--size:${size}px;--share:${Math.round(share * 100)}%`);
      text.classList.toggle("is-strong", share > STRONG);
      text.classList.toggle("is-wide", short.length > 4);
      text.classList.toggle("is-middle", share > MIDDLE && share <= STRONG);
    });
  }

  /** The word that a number stands for, as large as fits its cell; at the smallest size cut to fit. */
  #word(index) {
    const room = this.slot.cell[0] - 2 * MARGIN;
    const size = [11, 10, 9].find((one) => widthOf(this.words[index], `500 ${one}px ${this.font}`) <= room) ?? 9;
    return [cutToFit(this.words[index], `500 ${size}px ${this.font}`, room), size];
  }

  /** The number with as many digits, and as large, as fits its cell. */
  #fitted(cell) {
    const room = this.slot.cell[0] - 2 * MARGIN;
    let text = "";
    let digits = 0;
    for (const [most, size] of FITS) {
      if (most !== digits) text = shortNumber(cell, most);
      digits = most;
      // All digits are as wide as a 0: so few texts are measured.
      if (widthOf(text.replace(/\d/g, "0"), `500 ${size}px ${this.font}`) <= room) return [text, size];
    }
    return [text, FITS.at(-1)[1]];
  }
}

/** The number that has full strength: the payload's, or the largest of the finite cells. */
export function scaleOf(tensor) {
  const given = tensor.max === undefined || tensor.max === null ? NaN : Math.abs(toNumber(tensor.max));
  if (Number.isFinite(given)) return given;
  return tensor.cells.reduce((largest, cell) => {
    const size = Math.abs(toNumber(cell));
    return Number.isFinite(size) ? Math.max(largest, size) : largest;
  }, 0);
}

/** The patterns that stripe negative cells; each stripe is cut out of the colour. */
export function hatchPatterns(prefix) {
  const pattern = (kind, name, every, thick) =>
    s(
      "pattern",
      { id: `${prefix}-hatch-${name}`, width: every, height: every, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      s("rect", { width: every, height: every, class: `gw-fill-${kind}` }),
      s("rect", { width: thick, height: every, class: "gw-fill-paper" }),
    );
  return ["value", "gradient"].map((kind) => pattern(kind, kind, 4.5, 1.6));
}
