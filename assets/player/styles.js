/** Brings the player's style sheets to wherever the player stands, in a document or in a shadow root. */

const SHEETS = ["./player.css", "./graph.css", "./lesson.css", "../vendor/katex/katex.min.css"].map((path) => new URL(path, import.meta.url).href);
/** @type {WeakMap<Node, Promise<void>>} */
const brought = new WeakMap();

/**
 * @param {Node} element
 * @returns {Promise<void>} fulfilled when the styles apply
 */
export function bringStyles(element) {
  const root = element.getRootNode();
  if (root instanceof ShadowRoot) addTo(document, SHEETS.slice(-1)); // fonts count only at the document
  return addTo(root, SHEETS);
}

function addTo(root, sheets) {
  let promise = brought.get(root);
  if (!promise) {
    const place = root instanceof Document ? root.head : root;
    promise = Promise.all(sheets.map((href) => link(place, href))).then(() => undefined);
    brought.set(root, promise);
  }
  return promise;
}

function link(place, href) {
  const already = [...place.querySelectorAll("link[rel=stylesheet]")].find((sheet) => sheet.href === href);
  if (already?.sheet) return Promise.resolve();
  return new Promise((done) => {
    const element = already ?? Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    element.addEventListener("load", done);
    element.addEventListener("error", done); // unstyled is better than nothing
    if (!already) place.prepend(element);
  });
}
