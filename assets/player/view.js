/** Where the graph stands in its window: pan, zoom, fit, and keeping the step's node in sight. */

import d3 from "../vendor/d3/d3.min.mjs";
import { between, cutBy, largestThatFits, nudged, withoutWaste } from "./room.js";

const READABLE = 0.8; // below this scale a card cannot be read (its number is 10.8 px high), so the view follows the walk instead
const FOLLOWED = 0.85; // the scale at which a graph is followed that does not fit
const FINER = 0.01; // from one scale to the next that is tried
const OPENED = 0.7; // the smallest scale at which a box that has just been opened is shown
const LARGEST = 1.15;
const PRESENTED = { width: 560, least: 1.3, most: 2.2 }; // before a class: a window of this width is left as it is
const EMPTY = 24; // px around a graph, as viewer/layout.py leaves them
const KEPT = { beside: 10, below: 20 }; // of these, for what marks a card and for the sum under it
const GLIDE = 280;

/** @typedef {{x: number, y: number, w: number, h: number}} Rect */

export class View {
  /** Whether the whole graph is kept in the window, one part is followed, or the person has chosen. */
  mode = "fit";
  /** Room for what lies over the graph above and below, and a margin around. */
  inset = { top: 44, right: 10, bottom: 10, left: 10 };
  #width = 0;
  #height = 0;
  #presented = false;
  #outside = 0; // the scale before it was presented
  #engaged = false;
  #goal = /** @type {any} */ (null); // where a glide leads to
  #left = /** @type {Map<string, {at: any, mode: string}>} */ (new Map()); // by structure: how it was when a box opened
  #home = /** @type {{focus: any, at: any}|null} */ (null); // what home() chose last
  #drawn = /** @type {Rect} */ ({ x: 0, y: 0, w: 1, h: 1 }); // the graph without the empty margin around it
  #cards = /** @type {Rect[]} */ ([]);

  /**
   * @param {SVGSVGElement} svg
   * @param {SVGGElement} world
   * @param {{still: () => boolean, onmove?: () => void}} options still: no motion, please
   */
  constructor(svg, world, options) {
    this.svg = d3.select(svg);
    this.still = options.still;
    this.onmove = options.onmove;
    this.zoom = d3
      .zoom()
      .scaleExtent([0.08, 3])
      .extent(() => [[0, 0], [this.#width, this.#height]]) // an SVG that has left the page knows no size
      .clickDistance(5)
      .interpolate(d3.interpolate)
      .filter((event) => this.#wanted(event))
      .on("zoom", (event) => {
        world.setAttribute("transform", event.transform.toString());
        if (event.sourceEvent) this.#freed();
        this.onmove?.();
      });
    this.svg.call(this.zoom).on("dblclick.zoom", null);
    svg.addEventListener("pointerdown", (event) => this.#dragByFinger(event));
    // On the parent: an SVG element that listens to the focus itself becomes a stop of the Tab key.
    svg.parentElement?.addEventListener("focusin", () => (this.#engaged = true));
    svg.addEventListener("click", () => (this.#engaged = true));
    svg.addEventListener("pointerleave", () => (this.#engaged = false));
  }

  /** A wheel turns the page until the graph has been taken hold of; a finger scrolls it. */
  #wanted(event) {
    if (event.target.closest?.(".gw-handle")) return false;
    if (event.type === "wheel") return event.ctrlKey || event.metaKey || this.#engaged;
    if (event.type.startsWith("touch")) return event.touches.length > 1;
    return !event.button;
  }

  /** Up and down a finger scrolls the page (touch-action: pan-y); sideways it moves the graph. */
  #dragByFinger(down) {
    if (down.pointerType !== "touch" || !down.isPrimary || down.target.closest(".gw-handle")) return;
    let last = down;
    const move = (event) => {
      if (event.pointerId !== down.pointerId) return;
      this.#freed();
      this.svg.call(this.zoom.translateBy, (event.clientX - last.clientX) / this.transform.k, 0);
      last = event;
    };
    const node = this.svg.node();
    const another = (event) => event.pointerId !== down.pointerId && end(); // two fingers pinch
    const end = () => {
      node.removeEventListener("pointerdown", another);
      node.removeEventListener("pointermove", move);
      node.removeEventListener("pointerup", end);
      node.removeEventListener("pointercancel", end);
    };
    node.addEventListener("pointerdown", another);
    node.addEventListener("pointermove", move);
    node.addEventListener("pointerup", end);
    node.addEventListener("pointercancel", end);
  }

  /** The person has chosen what is in the window. */
  #freed() {
    this.mode = "free";
    this.#left.clear();
  }

  get transform() {
    return d3.zoomTransform(this.svg.node());
  }

  /** Where the graph stands once it has glided to its place. */
  get #settled() {
    return this.#goal ?? this.transform;
  }

  /** The part of the graph that is in the window, with a margin, in the graph's own px. @returns {Rect} */
  get window() {
    const { x, y, k } = this.transform;
    const margin = 120;
    const [w, h] = [this.#width + 2 * margin, this.#height + 2 * margin];
    return { x: (-x - margin) / k, y: (-y - margin) / k, w: w / k, h: h / k };
  }

  /** What the window shows of the graph between what lies over it, in the graph's own px. @returns {Rect} */
  get seen() {
    return this.#seenAt(this.transform);
  }

  /** The same once the graph has glided to its place. @returns {Rect} */
  get toBeSeen() {
    return this.#seenAt(this.#settled);
  }

  #seenAt({ x, y, k }) {
    const { top, bottom } = this.inset;
    return { x: -x / k, y: (top - y) / k, w: this.#width / k, h: Math.max(0, this.#height - top - bottom) / k };
  }

  /** On which sides the graph, without the margin around it, goes on outside of what is seen. */
  get beyond() {
    const { x, y, w, h } = this.seen;
    const { x: left, y: top, w: width, h: height } = this.#drawn;
    const slack = 1 / this.transform.k; // rounding is not more of the graph
    return { left: left + slack < x, right: left + width - slack > x + w, top: top + slack < y, bottom: top + height - slack > y + h };
  }

  /** The window's size in px, from its observer. Returns whether it changed. */
  resize(width, height) {
    if (width === this.#width && height === this.#height) return false;
    this.#width = width;
    this.#height = height;
    this.#left.clear();
    this.onmove?.();
    return true;
  }

  /** @param {{width: number, height: number}} size the graph's own size @param {Rect[]} cards */
  setWorld({ width, height }, cards) {
    this.#drawn = { x: EMPTY, y: EMPTY, w: width - 2 * EMPTY, h: height - 2 * EMPTY };
    this.#cards = cards;
  }

  /**
   * Other room above and below. What was chosen by itself is chosen anew; where a step or a person led, it stays.
   * @param {{top: number, bottom: number}} inset
   */
  setInset({ top, bottom }) {
    if (top === this.inset.top && bottom === this.inset.bottom) return;
    this.inset = { ...this.inset, top, bottom };
    const { x, y, k } = this.#settled;
    const at = this.#home?.at;
    if (at && at.x === x && at.y === y && at.k === k) this.home(this.#home.focus);
    else if (this.mode === "fit") this.fit();
  }

  /** Whether there is a window to draw in. */
  get ready() {
    return this.#width > 0 && this.#height > 0;
  }

  /** Whether all is shown larger, so that it can be read from the back of a classroom. */
  get presented() {
    return this.#presented;
  }

  set presented(big) {
    if (big && !this.#presented) this.#outside = this.#settled.k;
    this.#presented = big;
  }

  /** Whether the whole graph is large enough at this scale; presented, rather less large than cut. */
  #isLarge(k) {
    return k >= READABLE * this.#closer || (this.#presented && k >= READABLE && k > this.#outside);
  }

  /** By how much every scale is larger than usual. */
  get #closer() {
    const { width, least, most } = PRESENTED;
    return this.#presented ? between(this.#width / width, least, most) : 1;
  }

  /** The part of the window that nothing lies over. @returns {Rect} */
  get #room() {
    const { top, right, bottom, left } = this.inset;
    return { x: left, y: top, w: this.#width - left - right, h: this.#height - top - bottom };
  }

  /** What should be seen of the graph: what is drawn, and the marks around it. @returns {Rect} */
  get #ink() {
    const { x, y, w, h } = this.#drawn;
    const { beside, below } = KEPT;
    return { x: x - beside, y: y - beside, w: w + 2 * beside, h: h + beside + below };
  }

  #fitScale() {
    const across = this.#room.w / Math.max(1, this.#ink.w);
    const down = this.#room.h / Math.max(1, this.#ink.h);
    return Math.max(0.05, Math.min(LARGEST * this.#closer, across, down));
  }

  /** Large enough to read, and if possible so small that the graph's whole height is seen. */
  #readableScale() {
    const down = this.#room.h / this.#ink.h;
    const [least, usual] = [OPENED * this.#closer, FOLLOWED * this.#closer];
    return Math.max(this.#fitScale(), down >= least && down < usual ? down : usual);
  }

  #centred(k) {
    const { x, y, w, h } = this.#room;
    const { x: left, y: top, w: width, h: height } = this.#ink;
    return d3.zoomIdentity.translate(x - left * k + (w - width * k) / 2, y - top * k + (h - height * k) / 2).scale(k);
  }

  /** Choose anew between the whole graph and a readable part of it. */
  home(focus, smooth = false) {
    if (!this.ready) return;
    this.#left.clear();
    const k = this.#fitScale();
    this.mode = this.#isLarge(k) ? "fit" : "follow";
    if (this.mode === "fit") this.#move(this.#centred(k), smooth);
    else this.#follow(focus, smooth, true);
    this.#home = { focus, at: this.#settled };
  }

  /** The whole graph, however small it gets. */
  fit(smooth = true) {
    if (!this.ready) return;
    this.#left.clear();
    this.mode = "fit";
    this.#move(this.#centred(this.#fitScale()), smooth);
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.#freed();
    const { k, x, y } = this.#settled;
    const next = Math.min(3, Math.max(0.08, k * factor));
    const [cx, cy] = [this.#width / 2, this.#height / 2];
    this.#move(d3.zoomIdentity.translate(cx - ((cx - x) / k) * next, cy - ((cy - y) / k) * next).scale(next), true);
  }

  /**
   * Move just so far that these are in sight. In "fit" everything is, so nothing moves.
   * @param {Rect|null} focus
   * @param {Rect[]} also shown too if they fit
   * @param {boolean} smooth
   */
  keepInSight(focus, also, smooth) {
    if (this.mode === "fit" || !focus || !this.ready) return;
    this.#follow([focus, ...also], smooth, false);
  }

  #follow(focus, smooth, fresh) {
    const rects = (Array.isArray(focus) ? focus : [focus]).filter(Boolean);
    this.#move(fresh ? this.#firstPlace(rects) : this.#placed(rects, this.#settled), smooth);
  }

  /** The largest readable scale at which the edges of the window cut no card, or the fewest. @param {Rect[]} rects */
  #firstPlace(rects) {
    const usual = this.#readableScale();
    const least = Math.min(usual, READABLE * this.#closer);
    let best = null;
    for (let k = usual; k >= least - 1e-9; k -= FINER) {
      const at = this.#placed(rects, { ...this.#start(k), k });
      const cut = cutBy(this.#room, this.#cards, at);
      if (!best || cut < best.cut) best = { at, cut };
      if (cut === 0) break;
    }
    return best.at;
  }

  /** From `at` only so far that the first of these, with as many of the others as fit, lie in the window. */
  #placed(rects, { x, y, k }) {
    const { x: left, y: top, w, h } = this.#room;
    if (rects.length) {
      const box = largestThatFits(rects, { w, h }, k);
      x = nudged(x, box.x * k, box.w * k, left, w);
      y = nudged(y, box.y * k, box.h * k, top, h);
    }
    if (this.mode === "follow") {
      x = withoutWaste(x, this.#ink.x * k, this.#ink.w * k, left, w);
      y = withoutWaste(y, this.#ink.y * k, this.#ink.h * k, top, h);
    }
    return d3.zoomIdentity.translate(x, y).scale(k);
  }

  /** The graph's upper left corner, where the outermost box has its name; the middle, of what fits. */
  #start(k) {
    const { x: left, y: top, w, h } = this.#room;
    const { x, y } = this.#centred(k);
    return { x: this.#ink.w * k > w ? left - this.#ink.x * k : x, y: this.#ink.h * k > h ? top - this.#ink.y * k : y };
  }

  /**
   * Bring a place of the graph to the middle of the window, at the scale that it has.
   * @param {{x: number, y: number}} place in the graph's own px
   * @param {boolean} smooth
   */
  centreOn(place, smooth) {
    this.#freed();
    const { k } = this.#settled;
    const { x, y, w, h } = this.#room;
    this.#move(d3.zoomIdentity.translate(x + w / 2 - place.x * k, y + h / 2 - place.y * k).scale(k), smooth);
  }

  /**
   * After a box was opened or closed: its sign stays under the pointer, unless that hides the box. Closing what has just
   * been opened undoes it, unless the person has moved the graph meanwhile.
   * @param {{x: number, y: number}} was where the sign was, in the graph's old coordinates
   * @param {{x: number, y: number}} is where it is in the new ones
   * @param {Rect} rect the box in the new ones
   * @param {{from: string, to: string, closes: boolean}} change the two graphs' structures
   */
  anchor(was, is, rect, { from, to, closes }) {
    if (!this.ready) return;
    const left = closes ? this.#left.get(to) : null;
    if (left) {
      this.mode = left.mode;
      this.#move(left.at, true);
      return;
    }
    if (!closes) this.#left.set(from, { at: this.#settled, mode: this.mode });
    const old = this.transform;
    const pointer = { x: old.applyX(was.x), y: old.applyY(was.y) };
    const fit = this.#fitScale();
    const least = OPENED * this.#closer;
    const k = this.mode === "free" ? old.k : Math.min(Math.max(old.k, least), Math.max(fit, least));
    let x = pointer.x - is.x * k;
    let y = pointer.y - is.y * k;
    const room = this.#room;
    // Show as much of the box as the window holds, but never slide it away from the pointer.
    x = between(nudged(x, rect.x * k, rect.w * k, this.inset.left, room.w), pointer.x - (rect.x + rect.w) * k + 12, pointer.x - rect.x * k - 12);
    y = between(nudged(y, rect.y * k, rect.h * k, this.inset.top, room.h), pointer.y - (rect.y + rect.h) * k + 12, pointer.y - rect.y * k - 12);
    const whole = this.#centred(k);
    const holds = fit >= k - 1e-6 && this.mode !== "free";
    const at = holds ? whole : d3.zoomIdentity.translate(x, y).scale(k);
    const under =
      at.applyX(rect.x) <= pointer.x && pointer.x <= at.applyX(rect.x + rect.w) && at.applyY(rect.y) <= pointer.y && pointer.y <= at.applyY(rect.y + rect.h);
    if (this.mode !== "free") this.mode = holds ? "fit" : "follow";
    this.#move(under ? at : d3.zoomIdentity.translate(x, y).scale(k), true);
  }

  /** Glide or jump there; what glides already goes on gliding, to the new goal. */
  #move(transform, smooth) {
    const { x, y, k } = this.#settled;
    if (Math.abs(x - transform.x) + Math.abs(y - transform.y) < 0.5 && Math.abs(k - transform.k) < 1e-4) return;
    if ((smooth || this.#goal) && !this.still()) {
      const over = () => this.#goal === transform && (this.#goal = null);
      this.#goal = transform;
      this.svg.transition().duration(GLIDE).ease(d3.easeCubicInOut).on("end interrupt cancel", over).call(this.zoom.transform, transform);
    } else this.svg.interrupt().call(this.zoom.transform, transform);
  }
}
