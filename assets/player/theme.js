/** Light or dark, as the page around the player is, and again when that changes. */

import { h } from "./dom.js";

const WATCHED = ["class", "style", "data-theme"];

/**
 * Keep `element`'s `data-theme` at "light" or "dark". Returns a function that stops.
 * @param {HTMLElement} element
 * @returns {() => void}
 */
export function followTheme(element) {
  // Its colour is the page's; a change of it starts this transition, whatever changed it.
  const sentinel = h("span", { class: "gw-sentinel", "aria-hidden": "true" });
  element.append(sentinel);
  const prefers = matchMedia("(prefers-color-scheme: dark)");
  const look = () => {
    const theme = isDark(element, sentinel, prefers.matches) ? "dark" : "light";
    if (element.dataset.theme !== theme) element.dataset.theme = theme;
  };
  const observer = new MutationObserver(look);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: WATCHED });
  observer.observe(document.body, { attributes: true, attributeFilter: WATCHED });
  sentinel.addEventListener("transitionend", look);
  prefers.addEventListener("change", look);
  look();
  return () => {
    observer.disconnect();
    prefers.removeEventListener("change", look);
    sentinel.remove();
  };
}

function isDark(element, sentinel, prefersDark) {
  if (getComputedStyle(element).getPropertyValue("--st-background-color").trim()) {
    const own = luminance(getComputedStyle(sentinel).color);
    if (own !== null) return own < 0.4;
  }
  for (let node = element.parentNode; node; node = node.parentNode ?? node.host) {
    if (!(node instanceof Element)) continue;
    const light = luminance(getComputedStyle(node).backgroundColor);
    if (light !== null) return light < 0.4;
  }
  return prefersDark;
}

/** How light a colour is, 0 to 1; null if it lets most of what is behind through. */
function luminance(colour) {
  const parts = colour.match(/[\d.]+%?/g)?.map((part) => parseFloat(part) / (part.endsWith("%") ? 100 : 1));
  if (!parts || parts.length < 3 || (parts[3] ?? 1) < 0.5) return null;
  const scale = colour.startsWith("rgb") ? 255 : 1;
  const [red, green, blue] = parts.map((part) => part / scale);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
