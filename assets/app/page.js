// Joins the player to the page that it stands on.

import { mount } from "../player/mount.js";
import { offerChoices } from "./choices.js";
import { followProgress, showProgress } from "./progress.js";

const LEAST = 430; // pixels of height in which a graph and the panel beside it can be read
const MOST = 620;
const MARGIN = 12; // below it

/** What brings the controls beside a player in line with it. @type {WeakMap<Element, () => void>} */
const joined = new WeakMap();

/**
 * Shows `data` in `parent`. Called again with equal data, it changes nothing.
 * @param {HTMLElement} parent
 * @param {{progress?: import("./progress.js").Progress, choices?: import("./choices.js").Choice[]}} data what
 *   `mount` takes; with `progress`, reaching the end is remembered
 * @param {string} base the app's root, to which the API's addresses are relative
 * @param {number} [most] pixels that the player may be high
 * @returns {() => void} takes the player away
 */
export function show(parent, { assets, progress, choices, ...data }, base, most = MOST) {
  const element = mount(parent, { ...data, api: base });
  parent.querySelector(".gradwalk-waiting")?.remove();
  const player = element.player ?? element;
  if (!joined.has(element)) {
    joined.set(element, offerChoices(element, player, choices ?? []));
    if (progress) followProgress(player, progress);
    fit(element, most);
  }
  joined.get(element)();
  showProgress();
  return () => element.remove();
}

/** Gives the player the height that is left below it, so that a person sees it whole without scrolling. */
function fit(element, most) {
  const measure = () => {
    if (!element.isConnected) return removeEventListener("resize", measure);
    const scroller = element.closest('[data-testid="stMain"]') ?? document.scrollingElement;
    const left = innerHeight - MARGIN - element.getBoundingClientRect().top - scroller.scrollTop;
    // Where it starts too far down to be seen whole, it is to fill the screen once scrolled to.
    const height = Math.min(most, left >= LEAST ? left : Math.max(LEAST, innerHeight - 100));
    element.style.setProperty("--gw-height", `${Math.floor(height)}px`);
  };
  addEventListener("resize", measure);
  measure();
}
