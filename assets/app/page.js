// Joins the player to the Streamlit page that it stands on.

import { mount } from "../player/mount.js";
import { followProgress, showProgress } from "./progress.js";

const followed = new WeakSet();

/**
 * Shows `data` in `parent`. Called again with equal data, it changes nothing.
 * @param {HTMLElement} parent
 * @param {{progress?: import("./progress.js").Progress}} data what `mount` takes; with `progress`, reaching the
 *   end is remembered
 * @param {string} base the app's root, to which the API's addresses are relative
 * @returns {() => void} takes the player away
 */
export function show(parent, { assets, progress, ...data }, base) {
  if (progress && !followed.has(parent)) {
    followed.add(parent);
    followProgress(parent, progress);
  }
  showProgress();
  const element = mount(parent, { ...data, api: base });
  parent.querySelector(".gradwalk-waiting")?.remove();
  return () => element.remove();
}
