/** Widths of texts without asking the page to lay anything out. */

const context = document.createElement("canvas").getContext("2d");
/** @type {Map<string, number>} */
const known = new Map();

/**
 * Width in px of `text` in a CSS font such as `600 12px sans-serif`.
 * @param {string} text
 * @param {string} font
 */
export function widthOf(text, font) {
  const key = `${font}|${text}`;
  let width = known.get(key);
  if (width === undefined) {
    context.font = font;
    width = context.measureText(text).width;
    if (known.size > 4000) known.clear();
    known.set(key, width);
  }
  return width;
}

/** Forget the widths: a web font has arrived. */
export function forgetWidths() {
  known.clear();
}

/**
 * The text, cut with … so that it fits.
 * @param {string} text
 * @param {string} font
 * @param {number} room in px
 */
export function cutToFit(text, font, room) {
  if (widthOf(text, font) <= room) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (widthOf(`${text.slice(0, middle).trimEnd()}…`, font) <= room) low = middle;
    else high = middle - 1;
  }
  return low > 0 ? `${text.slice(0, low).trimEnd()}…` : "";
}
