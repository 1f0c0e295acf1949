// Scrubbing through a training run: a slider over its moments, the loss curve, and what the record holds of each.

import { h, setText } from "../player/dom.js";
import { wordButton } from "./buttons.js";
import { Views } from "./views.js";

/**
 * @param {any} player
 * @param {import("./bench.js").Bench} bench
 * @returns {{slider: HTMLElement, views: HTMLElement, follow: () => void}}
 */
export function offerMoments(player, bench) {
  const last = bench.steps.length - 1;
  const range = h("input", { type: "range", min: 0, max: last, step: 1, id: "gb-moment", "aria-describedby": "gb-said" });
  const said = h("output", { class: "gb-said", id: "gb-said", for: "gb-moment" });
  const walk = wordButton("Walk this moment", () => {
    player.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
    player.querySelector('button[aria-label="Next step"], .gw-graph')?.focus({ preventScroll: true });
  });
  const slider = h(
    "div",
    { class: "gb gb-moments" },
    h("label", { for: "gb-moment", class: "gb-label" }, "Moment of training"),
    range,
    said,
    walk,
  );
  const views = new Views();
  let at = -1;
  let awaited = false; // an answer about a moment that the slider has left must not pull it back
  const show = (k) => {
    if (k === at) return;
    at = k;
    range.value = String(k);
    range.setAttribute("aria-valuetext", bench.said[k]);
    setText(said, bench.said[k]);
    views.show([{ ...bench.curve, mark: bench.steps[k] }, ...bench.views[k]]);
  };
  range.addEventListener("input", async () => {
    const mine = Number(range.value);
    show(mine);
    awaited = true;
    await player.setValues({ [bench.moment]: mine });
    if (mine !== at) return;
    awaited = false;
    show(player.payload.values[bench.moment]);
  });
  return { slider, views: views.element, follow: () => awaited || show(player.payload.values[bench.moment]) };
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
