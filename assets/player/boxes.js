/** Which boxes are open, and which one is looked into. Nothing here touches the page. */

/**
 * @typedef {import("./payload.js").Box} Box
 * @typedef {import("./payload.js").Roll} Roll
 * @typedef {{open: string[], focus: string}} Seen
 * @typedef {{toggle: (id: string) => void, unroll: (box: Box) => void, roll: (roll: Roll) => void, turn: (from: string, to: string) => void,
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

/** What among the opened boxes says that a box and its siblings stand side by side, or with "+" that they are folded. */
const apartIn = (id, sign = "*") => id.slice(0, id.lastIndexOf("/") + 1) + sign;

/** The boxes of a stack side by side. @param {string[]} open @param {Box} box @returns {string[]} */
export function unrolled(open, { members, apart }) {
  const rest = open.filter((one) => one !== apartIn(members[0].id, "+"));
  return apart ? [...rest, apart] : rest;
}

/** Boxes that stand side by side folded, and none of them open. @param {string[]} open @param {Roll} roll @returns {string[]} */
export function rolled(open, { members, apart, folded }) {
  const rest = open.filter((one) => one !== apart && !members.some((member) => one === member || inside(one, member)));
  return folded ? [...rest, folded] : rest;
}

/** What a person calls it. @param {Roll} roll */
export function rollWords({ label, shared }) {
  return `${shared ? "Roll up" : "Fold"} ${label}`;
}
