/** Terms that are explained in place: a button in the text, and the entry beside it on hover, focus or a tap. */

import { h } from "./dom.js";

const PATIENCE = 220; // ms that the pointer rests before the entry opens, and has to come back before it closes
/** @type {Map<string, string>} */
const entries = new Map();
/** The one entry that is open. @type {{button: HTMLElement, tip: HTMLElement}|null} */
let open = null;
let timer = 0;
let count = 0;

/** Know these entries from now on. @param {Record<string, string>} glossary */
export function learn(glossary) {
  for (const [term, text] of Object.entries(glossary ?? {})) entries.set(term, text);
}

/**
 * The words of a term; a button if the term has an entry.
 * @param {Node} words
 * @param {string} term
 * @param {(text: string) => Node} typeset how the entry's text becomes nodes
 */
export function termLink(words, term, typeset) {
  if (!entries.has(term)) return words;
  // Not a <button>: its words are to wrap as the text around them does.
  const button = h("span", { role: "button", tabindex: "0", class: "gw-term", "aria-expanded": "false" }, words);
  const show = () => reveal(button, term, typeset);
  button.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && later(show));
  button.addEventListener("pointerleave", () => later(hide));
  button.addEventListener("focus", () => button.matches(":focus-visible") && show());
  button.addEventListener("blur", hide);
  const toggle = () => (open?.button === button && open.asked ? hide() : (show(), (open.asked = true)));
  button.addEventListener("click", toggle);
  button.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open) hide();
    else if (event.key === "Enter" || event.key === " ") toggle();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return button;
}

function later(what) {
  clearTimeout(timer);
  timer = setTimeout(what, PATIENCE);
}

function reveal(button, term, typeset) {
  clearTimeout(timer);
  if (open?.button === button || !button.isConnected) return;
  hide();
  const tip = h("div", { class: "gw-entry", id: `gw-entry-${++count}`, role: "tooltip", popover: "manual" }, h("strong", {}, term), " ", typeset(entries.get(term)));
  tip.addEventListener("pointerenter", () => clearTimeout(timer));
  tip.addEventListener("pointerleave", () => later(hide));
  button.after(tip);
  button.setAttribute("aria-describedby", tip.id);
  button.setAttribute("aria-expanded", "true");
  tip.showPopover?.();
  open = { button, tip, asked: false };
  place(button, tip);
  addEventListener("scroll", hide, { capture: true, once: true });
}

function place(button, tip) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = tip;
  const x = Math.min(Math.max(8, at.x + at.width / 2 - width / 2), innerWidth - width - 8);
  const below = at.bottom + 6;
  const y = below + height > innerHeight - 8 ? at.top - height - 6 : below;
  tip.style.left = `${Math.round(x)}px`;
  tip.style.top = `${Math.round(y)}px`;
}

function hide() {
  clearTimeout(timer);
  if (!open) return;
  const { button, tip } = open;
  open = null;
  tip.remove();
  button.removeAttribute("aria-describedby");
  button.setAttribute("aria-expanded", "false");
}
