// What stands above the player on the page of a trained model: the moments of its training, and fields to ask it
// something. All of it changes in the browser: the record of the run is there already, and what the network says of
// something new comes with the player's own answers.

import { h } from "../player/dom.js";
import { offerMoments } from "./moments.js";
import { offerPad } from "./pad.js";
import { offerText } from "./typing.js";
import { Views } from "./views.js";

/**
 * @typedef {{kind: "pad"|"text", name: string, label: string, about: string, words: string[], suggestions: string[],
 *   adds: [string, string]|null, pictures: number[][][]}} Field
 * @typedef {{moment: string, steps: number[], said: string[], curve: import("./views.js").View,
 *   views: import("./views.js").View[][], fields: Field[]}} Bench
 */

const SHEET = new URL("./bench.css", import.meta.url).href;
const FIELDS = { pad: offerPad, text: offerText };

/** Brings the bench's style sheet. @returns {Promise<unknown>} fulfilled when it applies */
export function bringSheet() {
  // Unstyled is better than nothing: an error ends the wait too.
  return new Promise((done) => document.head.append(h("link", { rel: "stylesheet", href: SHEET, onload: done, onerror: done })));
}

/**
 * Puts the bench before `place`. Returns a function that brings it in line after the player's payload was set.
 * @param {HTMLElement} place the element of the player
 * @param {any} player the <gradwalk-player>
 * @param {Bench} bench
 * @returns {() => void}
 */
export function offerBench(place, player, bench) {
  const said = new Views();
  const parts = bench.fields.map((field) => FIELDS[field.kind](player, field));
  const moments = offerMoments(player, bench);
  const asked = h("div", { class: "gb-asked" }, ...parts.map(({ element }) => element), said.element);
  if (!parts.length) asked.hidden = true;
  const body = h("div", { class: "gb gb-body" }, asked, moments.views);
  const choices = place.previousElementSibling?.matches(".gradwalk-choices") ? place.previousElementSibling : null;
  (choices ?? place).before(moments.slider, body); // the slider beside the player itself, to stay in view with it
  // What is chosen belongs beside what is typed or drawn; the counts stay at the player.
  if (choices && parts.length) parts[0].element.append(h("div", { class: "gb-choices gradwalk-choices" }, ...choices.querySelectorAll("fieldset")));
  const follow = () => {
    moments.follow();
    for (const part of parts) part.follow();
    const views = player.payload.views ?? [];
    asked.classList.toggle("is-wide", views.length > 2);
    said.show(views);
  };
  player.addEventListener("gw-change", follow);
  player.addEventListener("gw-refused", (event) => parts.forEach((part) => part.refuse(event.detail.sentence)));
  return follow;
}
