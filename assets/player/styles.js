/** Brings the player's style sheets to wherever the player stands, in a document or in a shadow root. */

const OWN = ["theme", "player", "graph", "cards", "over", "panel", "cell", "timeline", "trail", "fit", "lesson"]; // later ones win over earlier ones
const PATHS = [...OWN.map((name) => `./${name}.css`), "../vendor/katex/katex.min.css"];
const SHEETS = PATHS.map((path) => new URL(path, import.meta.url).href);

/**
 * @param {Node} element
 * @returns {Promise<unknown>} fulfilled when the styles apply
 */
export function bringStyles(element) {
  const root = element.getRootNode();
  if (root instanceof ShadowRoot) link(document.head, SHEETS.at(-1)); // fonts count only at the document
  const place = root instanceof Document ? root.head : root;
  return Promise.all(SHEETS.map((href) => link(place, href)));
}

function link(place, href) {
  const already = [...place.querySelectorAll("link[rel=stylesheet]")].find((sheet) => sheet.href === href);
  if (already?.sheet) return Promise.resolve();
  return new Promise((done) => {
    const element = already ?? Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    element.addEventListener("load", done);
    element.addEventListener("error", done); // unstyled is better than nothing
    if (!already) place.append(element);
  });
}
