/** "Where does this cell come from?": the answer beside the graph, in the place of the step. */

import { button, h, setAttribute, setText } from "./dom.js";
import { fitFormula, setFormula } from "./formula.js";
import { setRich } from "./text.js";

/**
 * @typedef {{card: string, node: string, kind: "value"|"gradient", cell: number[], boxes: string[], name: string, sentence: string,
 *   lines: {symbols: string, numbers: string}[], terms: number, shown: number, opens: boolean,
 *   lit: import("./rings.js").Lit[], unseen: number}} Origin
 */

const ASKED = "Where does this cell come from?";
const MORE = 24; // terms that one press unfolds

export class OriginPanel {
  /** @param {{more: (terms: number) => void, open: () => void, close: () => void}} actions */
  constructor(actions) {
    this.name = h("div", { class: "gw-origin-name" });
    this.sentence = h("div", { class: "gw-origin-sentence", "aria-live": "polite" });
    this.lines = h("div", { class: "gw-origin-lines" });
    this.unseen = h("div", { class: "gw-origin-unseen" });
    this.more = button({ name: "More terms", words: "+", class: "gw-small gw-origin-more", onclick: () => actions.more(this.origin.shown + MORE) });
    this.open = button({ name: "Open as scalars", words: "Open as scalars", class: "gw-small", onclick: actions.open });
    const close = button({ name: "Back to the step", icon: "close", class: "gw-quiet gw-origin-close", onclick: actions.close });
    this.title = h("div", { class: "gw-kicker" });
    this.element = h(
      "section",
      { class: "gw-origin", "aria-label": ASKED, hidden: true },
      h("div", { class: "gw-origin-head" }, this.title, close),
      this.name,
      this.sentence,
      this.lines,
      this.more,
      this.unseen,
      this.open,
    );
  }

  /** @param {Origin} origin @param {string} [title] the question that it answers */
  show(origin, title = ASKED) {
    this.origin = origin;
    setText(this.title, title);
    setAttribute(this.element, "aria-label", title);
    this.element.hidden = false;
    this.element.dataset.kind = origin.kind;
    setText(this.name, origin.kind === "value" ? origin.name : `gradient of ${origin.name}`);
    setRich(this.sentence, origin.sentence);
    this.lines.replaceChildren(...origin.lines.flatMap(line));
    for (const element of this.lines.children) fitFormula(element);
    const more = origin.terms - origin.shown;
    this.more.hidden = more <= 0;
    setText(this.more.firstChild, `+ ${more} more ${more === 1 ? "term" : "terms"}`);
    this.more.setAttribute("aria-label", this.more.textContent);
    this.more.removeAttribute("title");
    this.unseen.hidden = origin.unseen === 0;
    setText(this.unseen, origin.unseen === 1 ? "One of these cells is not in view." : `${origin.unseen} of these cells are not in view.`);
    this.open.hidden = !origin.opens;
  }

  /** A refusal, or another sentence, in the place of an answer. @param {string} name @param {string} sentence @param {string} [title] */
  say(name, sentence, title) {
    this.show({ name, kind: "value", sentence, lines: [], terms: 0, shown: 0, opens: false, lit: [], unseen: 0, card: "", node: "", cell: [], boxes: [] }, title);
  }

  hide() {
    this.element.hidden = true;
  }
}

function line({ symbols, numbers }) {
  return [symbols, numbers].filter(Boolean).map((tex) => {
    const element = h("div", { class: "gw-origin-line" });
    setFormula(element, tex);
    return element;
  });
}
