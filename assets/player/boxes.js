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

/** Every closed box in view opened; of a stack its first one. @returns {string[]} */
export function oneLevelMore(open, nodes) {
  return [...open, ...nodes.filter((node) => node.box).map((node) => node.box.id)];
}

/** The alike ones folded again, and none of them open. @returns {string[]} */
export function foldedAgain(open) {
  return open.filter((box) => !standsApart(box));
}

/** Whether this says that alike boxes stand side by side. */
export const standsApart = (box) => box === "*" || box.endsWith("/*");
