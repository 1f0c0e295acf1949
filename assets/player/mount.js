/** Puts a player or a lesson into an element. Called again, it changes only what differs. */

import "./player.js";
import "./lesson.js";
import { sameValue } from "./payload.js";
import { keepAddress, stepInAddress } from "./url.js";

/** @typedef {import("./cell.js").Asked} Asked */
/** @type {WeakMap<Element, {key: string, step: string|undefined, asks: Asked|null, element: any}>} */
const mounted = new WeakMap();

/**
 * @param {HTMLElement|ShadowRoot} parent
 * @param {object} data a graph payload or a lesson payload, and `api` (the app's root, such as "/"; null: stepping
 *   only), `address` (true: the page's address follows the walk), `step` (the name of the first step to show), `asks`
 *   (the cell that the panel tells of at first)
 * @returns {HTMLElement} the <gradwalk-player> or <gradwalk-lesson>
 */
export function mount(parent, data) {
  const key = JSON.stringify(data);
  const old = mounted.get(parent);
  if (old?.key === key && old.element.isConnected) return old.element;
  const { api = null, address = false, step, asks = null, ...payload } = data;
  const tag = payload.graph ? "gradwalk-lesson" : "gradwalk-player";
  const again = old && old.element.isConnected && old.element.localName === tag;
  const element = again ? old.element : document.createElement(tag);
  if (again && old.step !== step && step) element.goTo(step);
  element.api = api;
  if (payload.graph) element.lesson = payload;
  else element.payload = payload;
  if (!again) {
    const first = step || (address ? stepInAddress() : "");
    if (first) element.goTo(first);
    if (address) keepAddress(element.player ?? element);
    old?.element.remove();
    parent.append(element);
  }
  // A lesson's walk finds its stop first: that closes what a panel tells.
  if (asks && !(again && sameValue(old.asks, asks))) setTimeout(() => (element.player ?? element).tellOf(asks));
  mounted.set(parent, { key, step, asks, element });
  return element;
}
