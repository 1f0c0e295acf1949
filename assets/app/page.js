// Joins the player to the page that it stands on.

import { mount } from "../player/mount.js";
import { bringStyles } from "../player/styles.js";
import { offerChoices } from "./choices.js";
import { followProgress, showProgress } from "./progress.js";

const LEAST = 400; // pixels of height in which a graph and the panel beside it can be read
const MOST = 620;
const MARGIN = 12; // below it

/** What brings the controls beside a player in line with it. @type {WeakMap<Element, (() => void)[]>} */
const joined = new WeakMap();

/** What few pages need, so that the others do not load it. @type {typeof import("./bench.js").offerBench} */
let offerBench;

bringStyles(document.body); // before there is a player, so that none has to wait for them

/**
 * Loads what `show` will need for `data`, so that all of it is there at once and nothing is pushed down later.
 * @param {{bench?: import("./bench.js").Bench}} data
 */
export async function prepare({ bench }) {
  if (!bench || offerBench) return;
  const module = await import("./bench.js");
  await module.bringSheet();
  offerBench = module.offerBench;
}

/**
 * Shows `data` in `parent`. Called again with equal data, it changes nothing.
 * @param {HTMLElement} parent
 * @param {{progress?: import("./progress.js").Progress, choices?: import("./choices.js").Choice[],
 *   bench?: import("./bench.js").Bench}} data what `mount` takes; with `progress`, reaching the end is remembered; with
 *   `bench`, `prepare` must have ended
 * @param {string} base the app's root, to which the API's addresses are relative
 * @param {number} [most] pixels that the player may be high
 * @returns {() => void} takes the player away
 */
export function show(parent, { assets, progress, choices, bench, ...data }, base, most = MOST) {
  const element = mount(parent, { ...data, api: base });
  parent.querySelector(".gradwalk-waiting")?.remove();
  const player = element.player ?? element;
  if (!joined.has(element)) {
    joined.set(element, [offerChoices(element.tour?.element ?? element, player, choices ?? [])]);
    if (bench) joined.get(element).push(offerBench(element, player, bench));
    if (progress) {
      followProgress(player, progress);
      scrollerOf(player).scrollTo({ top: 0 }); // the link to the next part stands at the foot of the page
    }
    fit(player, element, most);
  }
  for (const follow of joined.get(element)) follow();
  showProgress();
  return () => element.remove();
}

/** What scrolls the page that the player stands on. */
function scrollerOf(player) {
  return player.closest('[data-testid="stMain"]') ?? document.scrollingElement;
}

/**
 * Gives the player the height that is left below it, so that a person sees it whole without scrolling; again when
 * the window or what stands above it changes.
 */
function fit(player, element, most) {
  const above = new ResizeObserver(() => measure());
  const measure = () => {
    if (!player.isConnected) {
      above.disconnect();
      removeEventListener("resize", measure);
      return;
    }
    const left = innerHeight - MARGIN - player.getBoundingClientRect().top - scrollerOf(player).scrollTop;
    // Where it starts too far down to be seen whole, it is to fill the screen once scrolled to.
    const height = Math.min(most, left >= LEAST ? left : Math.max(LEAST, innerHeight - 100));
    player.style.setProperty("--gw-height", `${Math.floor(height)}px`);
  };
  above.observe(element);
  addEventListener("resize", measure);
  measure();
}
