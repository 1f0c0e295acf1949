/** Puts a player or a lesson into an element. Called again, it changes only what differs. */

import "./player.js";
import "./lesson.js";
import { keepAddress, stepInAddress } from "./url.js";

/** @type {WeakMap<Element, {key: string, step: string|undefined, element: any}>} */
const mounted = new WeakMap();

/**
 * @param {HTMLElement|ShadowRoot} parent
 * @param {object} data a graph payload or a lesson payload, and `api` (the app's root, such as "/"; null: stepping
 *   only), `address` (true: the page's address follows the walk), `step` (the name of the first step to show)
 * @returns {HTMLElement} the <gradwalk-player> or <gradwalk-lesson>
 */
export function mount(parent, data) {
  const key = JSON.stringify(data);
  const old = mounted.get(parent);
  if (old?.key === key && old.element.isConnected) return old.element;
  const { api = null, address = false, step, ...payload } = data;
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
  mounted.set(parent, { key, step, element });
  return element;
}
