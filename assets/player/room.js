/** Where a graph's px may lie in a window's px. Nothing here touches the page. */

/** @typedef {import("./view.js").Rect} Rect */
/** @typedef {{x: number, y: number, k: number}} At where the graph's corner lies in the window, and its scale */

/** @param {number} x @param {number} low @param {number} high */
export function between(x, low, high) {
  return Math.min(Math.max(x, Math.min(low, high)), Math.max(low, high));
}

/** The offset nearest to `offset` at which [start, start + size] lies inside [from, from + room]; its start, if too long. */
export function nudged(offset, start, size, from, room) {
  if (size > room) return between(offset, from + room - start - size, from - start);
  return between(offset, from - start, from + room - start - size);
}

/** The offset nearest to `offset` that leaves no empty room beside [start, start + size], which is longer than the room. */
export function withoutWaste(offset, start, size, from, room) {
  return size > room ? nudged(offset, start, size, from, room) : from - start + (room - size) / 2;
}

/** The first rectangle, grown by those of the others with which it still fits. @param {Rect[]} rects @param {{w: number, h: number}} room */
export function largestThatFits(rects, room, k) {
  let box = rects[0];
  for (const rect of rects.slice(1)) {
    const x = Math.min(box.x, rect.x);
    const y = Math.min(box.y, rect.y);
    const grown = { x, y, w: Math.max(box.x + box.w, rect.x + rect.w) - x, h: Math.max(box.y + box.h, rect.y + rect.h) - y };
    if (grown.w * k <= room.w && grown.h * k <= room.h) box = grown;
  }
  return box;
}

/** How many cards stand half inside `room`, a rectangle of the window. @param {Rect[]} cards @param {Rect} room @param {At} at */
export function cutBy(room, cards, { x, y, k }) {
  let cut = 0;
  for (const card of cards) {
    const [left, top] = [x + card.x * k, y + card.y * k];
    const [right, bottom] = [left + card.w * k, top + card.h * k];
    const outside = right <= room.x || left >= room.x + room.w || bottom <= room.y || top >= room.y + room.h;
    const inside = left >= room.x && right <= room.x + room.w && top >= room.y && bottom <= room.y + room.h;
    if (!outside && !inside) cut++;
  }
  return cut;
}
