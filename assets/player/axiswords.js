/** The words beside an array's cells: for its rows at the left, for its columns above. They are for the eye; a cell says its own. */

import { s } from "./dom.js";
import { cutToFit } from "./measure.js";

const GAP = 4; // px between a word and the cells
const SIZE = 9.5; // px, the font's

/**
 * @param {import("./payload.js").GraphNode} node
 * @param {import("./payload.js").Slot} slot
 * @param {string} font the family
 * @returns {SVGGElement|null} null where there is no room for words, or there are none
 */
export function axisWords(node, slot, font) {
  if (!slot.rows && !slot.columns) return null;
  const axes = node.labels ?? [node.tokens];
  const [width, height] = slot.cell;
  const cut = (word, room) => cutToFit(word, `400 ${SIZE}px ${font}`, room - GAP);
  const group = s("g", { class: "gw-axis", "aria-hidden": "true" });
  const put = (word, attributes) => group.append(s("text", { dy: ".35em", ...attributes }, word));
  if (slot.rows)
    axes.at(-2).forEach((word, row) => put(cut(word, slot.rows), { x: slot.x - GAP, y: slot.y + (row + 0.5) * height, class: "gw-axis-row" }));
  if (slot.columns)
    axes.at(-1).forEach((word, column) => {
      const [x, y] = [slot.x + (column + 0.5) * width, slot.y - GAP];
      if (slot.numbers) put(word, { x, y: y - 2, class: "gw-axis-column" });
      else put(cut(word, slot.columns), { x, y, transform: `rotate(-90 ${x} ${y})` });
    });
  return group;
}
