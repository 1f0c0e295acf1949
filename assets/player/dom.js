/** Small helpers that make elements. Text always goes in as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an HTML element.
 * @param {string} tag
 * @param {Record<string, any>} [attributes] `on…` are listeners, `true` is an empty attribute, null and false none
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {any}
 */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * Make an SVG element.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {any}
 */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child || child === "") element.append(child);
  return element;
}

/** Write `text` only if it differs, so that nothing is laid out again for nothing. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Set or remove (null) an attribute, only if it differs. */
export function setAttribute(element, name, value) {
  if (value === null) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

const ICONS = {
  first: "M5 4v12M16 4 8 10l8 6z",
  previous: "M14 4 6 10l8 6z",
  play: "M6 4l10 6-10 6z",
  pause: "M7 4v12M13 4v12",
  next: "M6 4l8 6-8 6z",
  last: "M15 4v12M4 4l8 6-8 6z",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  fit: "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4",
  present: "M2.5 4h15v9.5h-15zM10 13.5V17M6.5 17h7",
  link: "M8.5 11.5a3 3 0 0 0 4.3 0l3-3a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-3 3a3 3 0 0 0 4.3 4.3l1-1",
  reset: "M4.5 8a6 6 0 1 1-.6 4M4 3.5V8h4.5",
  close: "M5 5l10 10M15 5 5 15",
  unfold: "M3 10h5M12 10h5M5.5 7.5 3 10l2.5 2.5M14.5 7.5 17 10l-2.5 2.5",
  pile: "M3.5 3.5h9v9h-9zM7.5 16.5h9v-9",
  fold: "M3 10h5M12 10h5M5.5 7.5 8 10l-2.5 2.5M14.5 7.5 12 10l2.5 2.5",
};

/**
 * An icon that takes the colour of the text around it.
 * @param {keyof typeof ICONS} name
 */
export function icon(name) {
  const solid = ["first", "previous", "play", "next", "last"].includes(name);
  return s(
    "svg",
    { viewBox: "0 0 20 20", class: "gw-icon", "aria-hidden": "true", "data-icon": name },
    s("path", { d: ICONS[name], class: solid ? "gw-icon-solid" : null }),
  );
}

/**
 * A button with an icon, or with words, or with both.
 * @param {{name: string, icon?: keyof typeof ICONS, words?: string, class?: string, onclick: (event: Event) => void}} what
 */
export function button(what) {
  const element = h("button", {
    type: "button",
    class: `gw-button ${what.class ?? ""}`,
    "aria-label": what.words && !what.icon ? null : what.name,
    title: what.words ? null : what.name,
    onclick: what.onclick,
  });
  if (what.icon) element.append(icon(what.icon));
  if (what.words) element.append(h("span", { class: "gw-words" }, what.words));
  return element;
}
