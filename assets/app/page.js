// Joins the player to the page that it stands on.

import { mount } from "../player/mount.js";
import { offerChoices } from "./choices.js";
import { followProgress, showProgress } from "./progress.js";

/** What brings the controls beside a player in line with it. @type {WeakMap<Element, () => void>} */
const joined = new WeakMap();

/**
 * Shows `data` in `parent`. Called again with equal data, it changes nothing.
 * @param {HTMLElement} parent
 * @param {{progress?: import("./progress.js").Progress}} data what `mount` takes; with `progress`, reaching the
 *   end is remembered
 * @param {string} base the app's root, to which the API's addresses are relative
 * @returns {() => void} takes the player away
 */
export function show(parent, { assets, progress, ...data }, base) {
  const element = mount(parent, { ...data, api: base });
  const player = element.player ?? element;
  if (!joined.has(element)) {
    joined.set(element, offerChoices(element, player));
    if (progress) followProgress(player, progress);
  }
  joined.get(element)();
  showProgress();
  parent.querySelector(".gradwalk-waiting")?.remove();
  return () => element.remove();
}
