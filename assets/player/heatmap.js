/** An array as a small heat map: the stronger the colour, the larger the number; stripes mean negative. */

import { s, setAttribute, setText } from "./dom.js";
import { COVERED, fullNumber, shortNumber, toNumber } from "./numbers.js";

/** @typedef {import("./payload.js").Tensor} Tensor */
/** @typedef {import("./payload.js").Slot} Slot */

const FAINTEST = 0.1; // so that a small number still differs from 0
const STRONG = 0.66; // from here on a text in the page's own colour would be hard to read,
const MIDDLE = 0.5; // and from here on a dark page
const DIGIT = 6.6; // px, about, of a digit in a cell

export class HeatMap {
  /**
   * @param {Slot} slot
   * @param {Tensor} like the tensor whose rows and columns it has
   * @param {"value"|"gradient"} kind
   * @param {(kind: string) => string} hatch the fill of negative cells
   */
  constructor(slot, like, kind, hatch) {
    this.kind = kind;
    this.hatch = hatch(slot.numbers ? `${kind}-fine` : kind);
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
      const text = slot.numbers ? s("text", { x: x + width / 2, y: y + height / 2, dy: ".35em", class: "gw-cell-text" }) : null;
      this.element.append(back, fill);
      if (text) this.element.append(text);
      this.cells.push({ fill, text });
    }
  }

  /**
   * Show the tensor, or an empty grid while it is not known.
   * @param {Tensor|null} tensor
   */
  patch(tensor) {
    const largest = tensor ? scaleOf(tensor) : 0;
    this.cells.forEach(({ fill, text }, index) => {
      const cell = tensor?.cells[index];
      const x = cell === undefined || cell === COVERED ? 0 : toNumber(cell);
      const broken = cell !== undefined && !Number.isFinite(x);
      const share = broken ? 1 : x === 0 || largest === 0 ? 0 : Math.max(FAINTEST, Math.abs(x) / largest);
      setAttribute(fill, "fill-opacity", share === 0 ? "0" : share.toFixed(3));
      setAttribute(fill, "style", !broken && x < 0 ? `fill:${this.hatch}` : null);
      setAttribute(fill, "data-full", cell === undefined ? null : fullNumber(cell));
      fill.classList.toggle("is-broken", broken);
      if (!text) return;
      setText(text, cell === undefined ? "" : fitted(cell, this.slot.cell[0]));
      text.classList.toggle("is-strong", share > STRONG);
      text.classList.toggle("is-wide", text.textContent.length > 4);
      text.classList.toggle("is-middle", share > MIDDLE && share <= STRONG);
      // A plate of the cell's own colour keeps its stripes away from the number.
      setAttribute(text, "style", x < 0 || share > MIDDLE ? `--share:${Math.round(share * 100)}%` : null);
    });
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

/** The most digits that fit a cell of this width. */
function fitted(cell, width) {
  for (const digits of [3, 2]) {
    const text = shortNumber(cell, digits);
    if (text.length * DIGIT <= width - 1) return text;
  }
  return shortNumber(cell, 1);
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
  // Fine stripes leave numbers readable; the small cells without numbers get broad ones.
  return ["value", "gradient"].flatMap((kind) => [pattern(kind, kind, 4.5, 1.6), pattern(kind, `${kind}-fine`, 6, 1)]);
}
