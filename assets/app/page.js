// Joins the player to the page that it stands on: the address, the progress, and where the API is.

import { mount } from "../player/mount.js";
import { followAddress } from "./address.js";
import { followProgress, showProgress } from "./progress.js";

const followed = new WeakSet();

/**
 * Shows `data` in `parent`. Called again with equal data, it changes nothing.
 * @param {HTMLElement} parent
 * @param {object} data a lesson payload or a graph payload; with `address`, the page's address follows
 *   what a person does; with `progress` {slug, part, parts}, reaching the end is remembered
 * @param {string} base the app's root, to which the API's addresses are relative
 * @returns {Promise<(() => void) | undefined>} takes the player away again
 */
export async function show(parent, data, base) {
  if (!followed.has(parent)) {
    followed.add(parent);
    followAddress(parent);
    followProgress(parent);
  }
  parent.gradwalk = data;
  showProgress();
  const leave = await mount(parent, { ...data, api: base });
  parent.querySelector(".gradwalk-waiting")?.remove();
  return leave;
}
