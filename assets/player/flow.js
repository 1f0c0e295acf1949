/** The one moving thing: the number that flows along the step's edges, forward or backward. */

import { s, setAttribute, setText } from "./dom.js";
import { widthOf } from "./measure.js";
import { parseNumber, shortNumber, toNumber } from "./numbers.js";
import { between } from "./room.js";

/** @typedef {import("./payload.js").Step} Step */

const MOVE = 230; // ms
const HEIGHT = 20;
const SAMPLES = 16;
const LONGEST = 24;
/** How a number is written, from the best to the last resort: px of its font, and around it. */
const SIZES = [{ font: 12, around: 16 }, { font: 10, around: 10 }];
const COVERS = 0.05; // so much of a number may lie over the inside of cards
const DOT = 12;
const BORDER = 8; // px along a card's sides that carry no text: a number may lie over them
const EDGE = 6; // px that a number keeps from the edge of the window

export class Flow {
  /**
   * @param {SVGGElement} edges the layer of edges
   * @param {SVGGElement} layer above the nodes
   * @param {{font: () => string, still: () => boolean}} options
   */
  constructor(edges, layer, options) {
    this.edges = edges;
    this.layer = layer;
    this.options = options;
    /** @type {Map<string, SVGPathElement>} */
    this.paths = new Map();
    this.points = new Map();
    this.ruler = s("path");
    this.lit = [];
    this.pills = [];
    this.sum = s("g", { class: "gw-sum-tag", visibility: "hidden" }, s("rect", { height: 20, y: -10, rx: 10 }), s("text", { dy: ".35em" }));
    layer.append(this.sum);
    this.frame = 0;
  }

  /**
   * @param {Map<string, SVGPathElement>} paths by edge id
   * @param {import("./payload.js").Walk} walk
   */
  use(paths, walk) {
    this.paths = paths;
    this.walk = walk;
    this.points.clear();
  }

  /**
   * Light the step's edges and let its numbers flow along them.
   * @param {Step} step
   * @param {import("./payload.js").GraphNode|undefined} focus
   * @param {boolean} animate
   * @param {import("./view.js").Rect} window what is seen of the graph: no number is cut by its edge
   */
  show(step, focus, animate, window) {
    cancelAnimationFrame(this.frame);
    this.window = window;
    const backward = step.phase === "backward";
    for (const path of this.lit) path.classList.remove("is-forward", "is-backward");
    this.lit = [];
    for (const id of step.edges) {
      const path = this.paths.get(id);
      if (!path) continue;
      path.classList.add(backward ? "is-backward" : "is-forward");
      this.edges.append(path); // above the quiet ones
      this.lit.push(path);
    }
    const moving = this.#place(step, backward);
    this.#showSum(step, focus);
    if (animate && moving.length && !this.options.still()) this.#run(moving, backward);
    else for (const pill of moving) at(pill.element, pill.rest);
  }

  #place(step, backward) {
    const moving = [];
    const taken = [];
    step.flow.forEach(([id, text]) => {
      if (!this.paths.has(id)) return;
      const pill = this.#pill(moving.length);
      const track = this.#pointsOf(id);
      const short = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
      const found = this.#written(short, track, taken);
      // Without room for the number a dot flows, and the card shows what arrives.
      const dot = !found;
      const { size, font, place } = found ?? { size: DOT, font: SIZES[0].font, place: this.#restingPlace(track, DOT, taken) };
      setText(pill.text, short);
      setAttribute(pill.text, "style", `font-size:${font}px`);
      const height = dot ? DOT : HEIGHT;
      const rest = this.#clamped(place, size, height);
      for (const [name, value] of Object.entries({ width: size, x: -size / 2, height, y: -height / 2, rx: height / 2 }))
        setAttribute(pill.rect, name, value);
      pill.element.setAttribute("class", `gw-pill ${backward ? "is-backward" : "is-forward"}${dot ? " is-dot" : ""}`);
      pill.element.removeAttribute("visibility");
      pill.track = track;
      pill.rest = rest;
      taken.push({ x: rest.x - size / 2, y: rest.y - height / 2, w: size, h: height });
      moving.push(pill);
    });
    for (const pill of this.pills.slice(moving.length)) pill.element.setAttribute("visibility", "hidden");
    return moving;
  }

  /** As large as it can be written without hiding what stands on a card; null if there is no room at all. */
  #written(text, track, taken) {
    for (const { font, around } of SIZES) {
      const size = widthOf(text, `600 ${font}px ${this.options.font()}`) + around;
      const place = this.#restingPlace(track, size, taken);
      if (place.covered <= COVERS * size * HEIGHT) return { size, font, place };
    }
    return null;
  }

  #pill(index) {
    while (this.pills.length <= index) {
      const rect = s("rect", { height: HEIGHT, y: -HEIGHT / 2, rx: HEIGHT / 2 });
      const text = s("text", { dy: ".35em" });
      const element = s("g", { class: "gw-pill" }, rect, text);
      this.layer.append(element);
      this.pills.push({ element, rect, text });
    }
    return this.pills[index];
  }

  #pointsOf(id) {
    let points = this.points.get(id);
    if (!points) {
      // Not the drawn path: that one may still be gliding to its place.
      this.ruler.setAttribute("d", this.walk.edges.get(id).path);
      const length = this.ruler.getTotalLength();
      points = Array.from({ length: SAMPLES + 1 }, (_, i) => {
        const { x, y } = this.ruler.getPointAtLength((length * i) / SAMPLES);
        return { x, y };
      });
      this.points.set(id, points);
    }
    return points;
  }

  /** The place near the edge's middle where the number covers least of the cards and of other numbers. */
  #restingPlace(track, width, taken) {
    const half = { w: width / 2, h: HEIGHT / 2 };
    const box = { x: Math.min(...track.map((p) => p.x)) - width, y: Math.min(...track.map((p) => p.y)) - 60 };
    const far = { x: Math.max(...track.map((p) => p.x)) + width, y: Math.max(...track.map((p) => p.y)) + 60 };
    const near = this.walk.payload.nodes
      .filter((n) => n.x < far.x && n.x + n.w > box.x && n.y < far.y && n.y + n.h > box.y)
      .map(({ x, y, w, h }) => ({ x: x + BORDER, y, w: w - 2 * BORDER, h }));
    let best = null;
    for (const share of [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8])
      for (const lift of [0, -15, 15, -27, 27, -40, 40]) {
        const middle = track[Math.round(share * SAMPLES)];
        const place = { x: middle.x, y: middle.y + lift };
        const rect = { x: place.x - half.w, y: place.y - half.h, w: width, h: HEIGHT };
        let cost = Math.abs(share - 0.5) * 160 + Math.abs(lift) * 5;
        let covered = 0;
        for (const node of near) covered += overlap(rect, node);
        for (const other of taken) cost += 4 * overlap(rect, other);
        cost += width * HEIGHT - overlap(rect, this.window);
        cost += covered;
        if (!best || cost < best.cost) best = { ...place, cost, covered };
      }
    return best;
  }

  /** The place moved so far that the edge of the window cuts nothing of it; what is out of sight stays there. */
  #clamped(place, width, height) {
    const { x, y, w, h } = this.window;
    const rect = { x: place.x - width / 2, y: place.y - height / 2, w: width, h: height };
    if (overlap(rect, this.window) === 0) return place;
    const [across, down] = [width / 2 + EDGE, height / 2 + EDGE];
    return { ...place, x: between(place.x, x + across, x + w - across), y: between(place.y, y + down, y + h - down) };
  }

  #run(moving, backward) {
    const began = performance.now();
    const draw = (now) => {
      const time = Math.min(1, Math.max(0, (now - began) / MOVE));
      const eased = 1 - (1 - time) ** 3;
      for (const pill of moving) {
        const from = backward ? pill.track[SAMPLES] : pill.track[0];
        const along = pill.track[Math.round((backward ? 1 - eased / 2 : eased / 2) * SAMPLES)];
        const toRest = eased * eased;
        const x = along.x + (pill.rest.x - along.x) * toRest;
        const y = along.y + (pill.rest.y - along.y) * toRest;
        at(pill.element, time === 0 ? from : { x, y });
      }
      if (time < 1) this.frame = requestAnimationFrame(draw);
    };
    draw(began);
  }

  /** Under a node where several paths meet: its gradient so far, as a sum. */
  #showSum(step, focus) {
    const text = step.of > 1 && step.total && focus && step.terms?.length ? sumText(step) : "";
    if (!text) {
      this.sum.setAttribute("visibility", "hidden");
      return;
    }
    const width = widthOf(text, `600 12px ${this.options.font()}`) + 18;
    const [rect, label] = this.sum.children;
    rect.setAttribute("width", width);
    rect.setAttribute("x", -width / 2);
    setText(label, text);
    at(this.sum, this.#clamped({ x: focus.x + focus.w / 2, y: focus.y + focus.h + 7 }, width, HEIGHT));
    this.sum.removeAttribute("visibility");
  }
}

/** `6 + 1 = 7`; with the terms that are still to come as dots. Empty where the terms are too large to be written out. */
export function sumText(step) {
  if (step.terms.some((term) => /^\(|^\[\[/.test(term))) return ""; // a sum of shapes says nothing
  const terms = step.terms.length > 3 ? ["…", ...step.terms.slice(-2)] : step.terms;
  const sum = terms.reduce((text, term) => (text ? (term.startsWith("−") ? `${text} − ${term.slice(1)}` : `${text} + ${term}`) : term), "");
  const scalar = step.total.shape.every((size) => size === 1);
  const total = scalar ? shortNumber(step.total.cells[0]) : "";
  if (scalar && step.terms.length > 1 && !addsUp(step)) return `${total}, not ${sum}`;
  if (step.terms.length < step.of) return `${sum} + …`;
  return scalar ? `${sum} = ${total}` : sum;
}

/** Whether the total is the sum of its terms; in the experiment that writes over instead of adding, it is not. */
function addsUp(step) {
  const terms = step.terms.map((term) => parseNumber(term));
  const total = toNumber(step.total.cells[0]);
  if (terms.includes(null) || !Number.isFinite(total)) return true;
  const sum = terms.reduce((a, b) => a + b, 0);
  const size = Math.max(...terms.map(Math.abs), Math.abs(total));
  return Math.abs(sum - total) <= 0.01 * size * terms.length;
}

function at(element, { x, y }) {
  element.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
}

function overlap(a, b) {
  const across = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
  return across > 0 && down > 0 ? across * down : 0;
}
