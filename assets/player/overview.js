/** The whole graph in a corner while the window shows a part of it: every card, the step's, and a frame around the part. */

import { s } from "./dom.js";
import { between } from "./room.js";

/** @typedef {import("./payload.js").Walk} Walk */
/** @typedef {import("./view.js").Rect} Rect */

const EM = 15; // px of the usual type, in which the picture is at most so large:
const HIGH = 2.35;
const WIDE = 15;
const AROUND = 12; // the graph's own px around it

export class Overview {
  #structure = "";
  #at = 0;
  #focus = /** @type {SVGRectElement|null} */ (null);
  /** @type {Map<string, SVGRectElement>} */
  #marks = new Map();

  /** @param {(place: {x: number, y: number}, smooth: boolean) => void} look brings a place of the graph into the window */
  constructor(look) {
    this.frame = s("rect", { class: "gw-overview-frame" });
    // All that it leads to can be reached by the Tab key, so it is for the eye and the pointer alone.
    this.element = s("svg", { class: "gw-overview", "aria-hidden": "true" });
    this.element.style.display = "none";
    this.element.addEventListener("pointerdown", (event) => this.#grip(event, look));
  }

  /** The cards, where another structure has come. @param {Walk} walk */
  draw(walk) {
    const { structure, size, nodes } = walk.payload;
    if (structure === this.#structure) return;
    this.#structure = structure;
    this.#at = 0;
    this.#focus = null;
    const [w, h] = [size.width - 2 * AROUND, size.height - 2 * AROUND];
    const scale = Math.min((HIGH * EM) / h, (WIDE * EM) / w);
    this.element.setAttribute("viewBox", `${AROUND} ${AROUND} ${w} ${h}`);
    this.element.style.width = `${(w * scale) / EM}em`;
    this.element.style.height = `${(h * scale) / EM}em`;
    this.#marks = new Map(nodes.map((node) => [node.id, cardMark(node)]));
    this.element.replaceChildren(...this.#marks.values(), this.frame);
  }

  /** Patch what is known at a step but was not at the last one that was shown, and the other way round. */
  show(index, walk) {
    const { steps } = walk.payload;
    for (let i = Math.min(index, this.#at) + 1; i <= Math.max(index, this.#at); i++) {
      const node = walk.nodes.get(steps[i].focus);
      if (node?.steps.forward === i) this.#marks.get(node.id).classList.toggle("is-known", i <= index);
    }
    this.#at = index;
    const focus = this.#marks.get(steps[index].focus) ?? null;
    if (focus === this.#focus) return;
    this.#focus?.classList.remove("is-focus");
    focus?.classList.add("is-focus");
    if (focus) this.frame.before(focus); // over its neighbours, since it is drawn larger
    this.#focus = focus;
  }

  /** The frame, or nothing where all of the graph is in the window. @param {Rect} seen @param {boolean} whole */
  look(seen, whole) {
    this.element.style.display = whole ? "none" : "";
    if (whole) return;
    const { x, y, width, height } = this.element.viewBox.baseVal;
    const [left, right] = [seen.x, seen.x + seen.w].map((edge) => between(edge, x, x + width));
    const [top, bottom] = [seen.y, seen.y + seen.h].map((edge) => between(edge, y, y + height));
    for (const [name, value] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top })) this.frame.setAttribute(name, value.toFixed(1));
  }

  /** A press leads there, and a pull goes on from it. */
  #grip(down, look) {
    if (down.button) return;
    down.preventDefault();
    const to = (event, smooth) => {
      const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.element.getScreenCTM().inverse());
      look({ x, y }, smooth);
    };
    const move = (event) => to(event, false);
    const end = () => this.element.removeEventListener("pointermove", move);
    this.element.setPointerCapture(down.pointerId);
    this.element.addEventListener("pointermove", move);
    for (const over of ["pointerup", "pointercancel"]) this.element.addEventListener(over, end, { once: true });
    to(down, true);
  }
}

function cardMark({ x, y, w, h, steps }) {
  return s("rect", { class: steps.forward === null ? "gw-overview-card is-known" : "gw-overview-card", x, y, width: w, height: h });
}
