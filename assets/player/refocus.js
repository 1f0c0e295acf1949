/** Where the keyboard's focus goes on to when what had it is closed, drawn anew or hidden. */

import { boxOf } from "./payload.js";

/** @typedef {import("./graph.js").Graph} Graph */

/** Whether what had the focus can have it no more. @param {Element} was */
export function isLost(was) {
  return !was.isConnected || was.closest(".is-leaving, [hidden]") !== null;
}

/**
 * The sign that opens or closes a box; of a box in a stack, the bars, with its own picked; null: it is not in view.
 * @param {Graph} graph
 * @param {string} id
 * @param {string} [kind] another sign of an opened box, if it is one
 * @returns {SVGGElement|null}
 */
export function signOf(graph, id, kind = "close") {
  const frame = graph.layers.frames.querySelector(`.gw-frame:not(.is-leaving) .gw-sign[data-sign="${kind}"][data-box="${CSS.escape(id)}"]`);
  const node = frame ? null : boxOf(graph.walk.payload, id);
  if (!node) return frame;
  const { element, strip } = graph.cards.get(node.id);
  if (!strip) return element.parentNode.querySelector(".gw-sign");
  strip.pick(Math.max(0, node.box.members.findIndex((member) => member.id === id)));
  return element.parentNode.querySelector(".gw-strip-picker");
}

/**
 * What is nearest to something that is gone: of a row of buttons the first, else the way back, else the step's card.
 * @param {Element} was
 * @param {Graph} graph
 * @param {import("./trail.js").Trail} trail
 * @returns {Element|null}
 */
export function nearest(was, graph, trail) {
  const row = was.closest(".gw-toolbar")?.querySelector("button:not([hidden])");
  return row ?? trail.back ?? graph.focus ?? graph.layers.nodes.querySelector(".gw-item:not(.is-leaving) .gw-node");
}
