/** Which boxes are open, and which one is looked into. Nothing here touches the page. */

/**
 * @typedef {{open: string[], focus: string}} Seen
 * @typedef {{toggle: (id: string) => void, spread: (all: string) => void, turn: (from: string, to: string) => void,
 *   focus: (id: string) => void}} Boxes what a drawing may ask for
 */

const inside = (path, box) => path.startsWith(`${box}/`);

/** Open a closed box, or close an opened one with all that is open inside. @returns {string[]} */
export function toggled(open, id) {
  const rest = open.filter((box) => box !== id && !inside(box, id));
  return open.includes(id) ? rest : [...open, id];
}

/** Another of several alike boxes in place of this one, opened as deep. @returns {string[]} */
export function turned(open, from, to) {
  return open.filter((box) => box !== to && !inside(box, to)).map((box) => (box === from || inside(box, from) ? to + box.slice(from.length) : box));
}

/**
 * Every closed box in view opened; of a stack its first one. Where one of a stack is open, the rest stays folded.
 * @param {string[]} open
 * @param {{nodes: import("./payload.js").GraphNode[], frames: import("./payload.js").Frame[]}} payload
 * @returns {string[]}
 */
export function oneLevelMore(open, { nodes, frames }) {
  const spared = new Set(frames.flatMap(({ id, alike }) => (open.includes(apartIn(id)) ? [] : alike)));
  return [...open, ...nodes.flatMap(({ box }) => (box && !spared.has(box.id) ? [box.id] : []))];
}

/** What among the opened boxes says that a box and its siblings stand side by side. */
const apartIn = (id) => `${id.slice(0, id.lastIndexOf("/") + 1)}*`;

/** The alike ones folded again, and none of them open. @returns {string[]} */
export function foldedAgain(open) {
  return open.filter((box) => !standsApart(box));
}

/** Whether this says that alike boxes stand side by side. */
export const standsApart = (box) => box === "*" || box.endsWith("/*");
