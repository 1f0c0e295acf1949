// A button with words on it.

import { h, setText } from "../player/dom.js";

/**
 * @param {string} text
 * @param {() => void} act
 * @param {Record<string, any>} [attributes]
 * @returns {HTMLButtonElement}
 */
export function wordButton(text, act, attributes = {}) {
  const button = h("button", { type: "button", class: "gb-button", ...attributes, onclick: act });
  setText(button, text);
  return button;
}
