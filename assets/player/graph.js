/** The drawing: cards, edges and frames, and what of it changes at a step. */

import d3 from "../vendor/d3/d3.min.mjs";
import { Beyond } from "./beyond.js";
import { Card, cardShape } from "./cards.js";
import { h, s, setAttribute } from "./dom.js";
import { Flow } from "./flow.js";
import { drawFrame } from "./frames.js";
import { hatchPatterns } from "./heatmap.js";
import { forgetWidths, widthOf } from "./measure.js";
import { handles } from "./handles.js";
import { Overview } from "./overview.js";
import { boxOf } from "./payload.js";
import { View } from "./view.js";

/** @typedef {import("./payload.js").Walk} Walk */

const GLIDE = 280;
const SAMPLE = "gradient 0123456789";
const TAG = 18; // px below a card for its sum of gradients
const HALO = 5; // px around the step's card
const FAR = 0.3; // below this scale no text can be read
let made = 0;

export class Graph {
  /**
   * @param {{go: (id: string) => void, opens: () => boolean, boxes: import("./boxes.js").Boxes, still: () => boolean,
   *   moved?: () => void, editable: (node: object) => boolean, edits: object}} options
   */
  constructor(options) {
    this.options = options;
    this.prefix = `gw${++made}`;
    this.world = s("g", { class: "gw-world" });
    this.layers = {};
    for (const name of ["edges", "frames", "halo", "nodes", "flow"]) {
      this.layers[name] = s("g", { class: `gw-layer-${name}` });
      this.world.append(this.layers[name]);
    }
    this.halo = s("rect", { class: "gw-halo", visibility: "hidden" });
    this.layers.halo.append(this.halo);
    this.svg = s("svg", { class: "gw-svg", role: "group", "aria-label": "Graph" }, this.#definitions(), this.world);
    this.beyond = new Beyond();
    this.element = h("div", { class: "gw-graph" }, this.svg, this.beyond.element);
    const onmove = () => {
      this.#thinOut();
      options.moved?.();
    };
    this.view = new View(this.svg, this.world, { still: options.still, onmove });
    this.overview = new Overview((place, smooth) => this.view.centreOn(place, smooth));
    this.flow = new Flow(this.layers.edges, this.layers.flow, { font: () => this.font, still: options.still });
    /** @type {Map<string, Card>} */
    this.cards = new Map();
    this.paths = new Map();
    this.focus = null;
    this.font = "sans-serif";
    this.svg.addEventListener("click", (event) => this.#clicked(event));
    this.svg.addEventListener("keydown", (event) => this.#pressed(event));
    this.element.addEventListener("focusin", (event) => this.#reached(event.target));
  }

  #definitions() {
    const arrow = (kind) =>
      s(
        "marker",
        { id: `${this.prefix}-arrow-${kind}`, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 9, markerHeight: 9, orient: "auto-start-reverse", markerUnits: "userSpaceOnUse" },
        s("path", { d: "M0 1 9.5 5 0 9z", class: `gw-fill-${kind}` }),
      );
    const big = (kind) => {
      const marker = arrow(kind);
      marker.setAttribute("markerWidth", 13);
      marker.setAttribute("markerHeight", 13);
      return marker;
    };
    const style = s("style", {}, this.#markers());
    return s("defs", {}, arrow("line"), big("value"), big("gradient"), ...hatchPatterns(this.prefix), style);
  }

  /** Markers are named by id, and ids by player, so this is the one rule that cannot stand in player.css. */
  #markers() {
    const url = (kind) => `url(#${this.prefix}-arrow-${kind})`;
    const of = `.gw-of-${this.prefix}`;
    return `${of} .gw-edge{marker-end:${url("line")}}
${of} .gw-edge.is-forward{marker-end:${url("value")}}
${of} .gw-edge.is-backward{marker-end:none;marker-start:${url("gradient")}}`;
  }

  /**
   * Draw the graph of `walk`. With the same structure only numbers change.
   * @param {Walk} walk
   * @param {{animate?: boolean, anchor?: {before: string, after: string}|null}} [how] anchor: the box that was opened or
   *   closed, or that took another's place
   */
  draw(walk, { animate = false, anchor = null } = {}) {
    const before = this.walk;
    this.walk = walk;
    this.world.setAttribute("class", `gw-world gw-of-${this.prefix}`);
    this.font = getComputedStyle(this.svg).fontFamily || "sans-serif";
    this.sampled ??= widthOf(SAMPLE, `400 100px ${this.font}`);
    const same = before && before.payload.structure === walk.payload.structure;
    const glide = animate && !same && !this.options.still();
    if (glide) this.#glide();
    const origin = anchor && before ? placeOf(before, anchor.before) : null;
    const target = anchor ? placeOf(walk, anchor.after) : null;
    this.#drawFrames(walk, glide, origin, target);
    this.#drawEdges(walk, glide);
    this.#drawNodes(walk, glide, origin, target);
    this.flow.use(this.paths, walk);
    this.overview.draw(walk);
    this.view.setWorld(walk.payload.size, walk.payload.nodes);
    if (!same && origin && target) {
      const [from, to] = [before.payload.structure, walk.payload.structure];
      this.view.anchor(origin.sign, target.sign, target.rect, { from, to, closes: target.closed });
    }
    this.#thinOut();
    return same;
  }

  /** Text costs most of the drawing: leave it out where it is too small to read, and outside the window. */
  #thinOut() {
    if (!this.walk || !this.view.ready) return;
    const { beyond } = this.view;
    this.beyond.show(beyond);
    this.overview.look(this.view.seen, !Object.values(beyond).includes(true));
    const { x, y, w, h } = this.view.window;
    this.svg.classList.toggle("is-far", this.view.transform.k < FAR);
    for (const { node, element } of this.cards.values()) {
      const away = node.x > x + w || node.x + node.w < x || node.y > y + h || node.y + node.h < y;
      if (away !== (element.away ?? false)) {
        element.away = away;
        element.classList.toggle("is-away", away);
      }
    }
  }

  /** While everything glides, what marks the step waits for its place. */
  #glide() {
    this.element.classList.add("is-gliding");
    clearTimeout(this.gliding);
    this.gliding = setTimeout(() => this.element.classList.remove("is-gliding"), GLIDE);
  }

  #drawNodes(walk, glide, origin, target) {
    const look = { font: this.font, hatch: (kind) => `url(#${this.prefix}-hatch-${kind})` };
    const items = d3.select(this.layers.nodes).selectAll("g.gw-item:not(.is-leaving)").data(walk.payload.nodes, (node) => node.id);
    const gone = items.exit();
    gone.each((node) => this.cards.delete(node.id));
    leave(gone, glide, target);
    const fresh = items.enter().append("g").attr("class", "gw-item");
    fresh.attr("transform", (node) => (glide && origin ? `translate(${origin.rect.x} ${origin.rect.y})` : translate(node)));
    const all = fresh.merge(items);
    const { options, cards } = this;
    all.each(function (node) {
      const shape = cardShape(node) + options.editable(node) + options.opens();
      const old = cards.get(node.id);
      if (old && this.dataset.shape === shape) {
        old.node = node;
        handles(this, old, options, false);
        return;
      }
      const card = new Card(node, look);
      cards.set(node.id, card);
      this.dataset.shape = shape;
      this.replaceChildren(card.element);
      handles(this, card, options, true);
    });
    if (glide) {
      fresh.attr("opacity", 0);
      all.transition().duration(GLIDE).ease(d3.easeCubicInOut).attr("transform", translate).attr("opacity", 1);
    } else all.interrupt().attr("transform", translate).attr("opacity", null);
    all.order();
  }

  #drawEdges(walk, glide) {
    const items = d3.select(this.layers.edges).selectAll("path.gw-edge:not(.is-leaving)").data(walk.payload.edges, joins);
    leave(items.exit(), glide);
    const fresh = items.enter().append("path").attr("class", "gw-edge").attr("d", (edge) => edge.path);
    const all = fresh.merge(items).classed("is-fixed", (edge) => !edge.learns).classed("is-weight", (edge) => edge.weight);
    if (glide) {
      fresh.attr("opacity", 0);
      all.transition().duration(GLIDE).ease(d3.easeCubicInOut).attr("d", (edge) => edge.path).attr("opacity", 1);
    } else all.interrupt().attr("d", (edge) => edge.path).attr("opacity", null);
    this.paths = new Map();
    const { paths } = this;
    all.each(function (edge) {
      paths.set(edge.id, this);
    });
  }

  /** Above the edges, so that none crosses a frame's name. */
  #drawFrames(walk, glide, origin, target) {
    const frames = walk.payload.frames ?? [];
    const items = d3.select(this.layers.frames).selectAll("g.gw-frame:not(.is-leaving)").data(frames, (frame) => frame.id);
    leave(items.exit(), glide, target);
    const fresh = items.enter().append("g").attr("class", "gw-frame");
    fresh.attr("transform", (frame) => (glide && origin ? `translate(${origin.rect.x} ${origin.rect.y})` : translate(frame)));
    const all = fresh.merge(items);
    const boxes = this.options.opens() ? this.options.boxes : null;
    const { font } = this;
    all.each(function (frame) {
      this.style.setProperty("--deep", String(frames.filter(({ id }) => frame.id.startsWith(`${id}/`)).length + 1));
      drawFrame(this, frame, boxes, font);
    });
    if (glide) {
      fresh.attr("opacity", 0);
      all.transition().duration(GLIDE).ease(d3.easeCubicInOut).attr("transform", translate).attr("opacity", 1);
    } else all.interrupt().attr("transform", translate).attr("opacity", null);
    all.order();
  }

  /**
   * Show a step: patch the cards that know more or less than before, move the focus, light the edges.
   * @param {number} index
   * @param {boolean} animate
   * @param {boolean} [hold] leave the view where it is
   */
  show(index, animate, hold = false) {
    const { walk } = this;
    this.index = index;
    const step = walk.payload.steps[index];
    for (const [id, card] of this.cards) {
      card.patch(walk.known(walk.nodes.get(id), index));
      this.options.cells?.rename(card);
    }
    const focus = step.focus === null ? undefined : walk.nodes.get(step.focus);
    this.#setFocus(focus, step.phase);
    if (!hold && this.view.ready) this.#follow(step, focus, animate);
    this.flow.show(step, focus, animate, this.view.toBeSeen);
    this.overview.show(index, walk);
  }

  /** Bring the step's card into the window, with what it reads and what comes next. */
  #follow(step, focus, animate) {
    const { walk, index } = this;
    const marked = focus && { ...ringed(focus), h: focus.h + 2 * HALO + (step.of > 1 ? TAG : 0) };
    const next = walk.payload.steps[index + 1];
    const coming = next ? [walk.nodes.get(next.focus), ...this.#ends(next)] : [];
    this.view.keepInSight(marked ?? null, [...this.#ends(step), ...coming].filter(Boolean), animate);
  }

  /** The cards that a step's edges join. */
  #ends({ edges }) {
    const { walk } = this;
    return edges.flatMap((id) => {
      const edge = walk.edges.get(id);
      return edge ? [walk.nodes.get(edge.from), walk.nodes.get(edge.to)] : [];
    });
  }

  #setFocus(focus, phase) {
    const element = focus ? this.cards.get(focus.id)?.element : null;
    if (this.focus !== element) {
      this.focus?.classList.remove("is-focus");
      this.focus?.removeAttribute("aria-current");
      element?.classList.add("is-focus");
      element?.setAttribute("aria-current", "step");
      this.focus = element;
    }
    setAttribute(this.element, "data-phase", phase === "seed" ? "backward" : phase);
    if (!focus) {
      this.halo.setAttribute("visibility", "hidden");
      return;
    }
    const { x, y, w, h } = ringed(focus);
    for (const [name, value] of Object.entries({ x, y, width: w, height: h, rx: 14 })) this.halo.setAttribute(name, value);
    this.halo.removeAttribute("visibility");
  }

  /** Mark these nodes as different from the run beside this one. @param {Set<string>} ids */
  mark(ids) {
    for (const [id, card] of this.cards) card.markDifferent(ids.has(id));
  }

  /** Cut the titles anew if the page's font has arrived meanwhile: then texts have other widths. */
  redraw() {
    if (!this.walk) return;
    forgetWidths();
    const font = getComputedStyle(this.svg).fontFamily;
    const width = widthOf(SAMPLE, `400 100px ${font}`);
    if (width === this.sampled) return;
    this.sampled = width;
    for (const item of this.layers.nodes.children) delete item.dataset.shape;
    this.draw(this.walk);
    this.focus = null;
    this.show(this.index, false);
  }

  /** The Tab key leads to a card, or to a sign, that may stand outside the window. */
  #reached(target) {
    if (!target.matches(":focus-visible")) return;
    const thing = target.closest(".gw-item, .gw-frame")?.__data__; // d3 keeps a node's or a frame's data there
    if (thing) this.view.keepInSight({ ...thing, w: Math.min(thing.w, 260) }, [], true);
  }

  #clicked(event) {
    const node = event.target.closest("[data-node]");
    if (node) this.options.go(node.dataset.node);
  }

  #pressed(event) {
    const node = event.target.closest("[data-node]");
    if (!node || event.key !== "Enter") return;
    event.preventDefault();
    this.options.go(node.dataset.node);
  }
}

/** What an edge joins names it from one drawing to the next; its id counts edges, and opening a box renumbers them. */
const joins = (edge) => `${edge.from} ${edge.to} ${edge.argument}`;

const ringed = ({ x, y, w, h }) => ({ x: x - HALO, y: y - HALO, w: w + 2 * HALO, h: h + 2 * HALO });

const translate = (box) => `translate(${box.x} ${box.y})`;

/** Where a box is drawn, whether closed or opened, and where its sign (plus or minus) stands. */
function placeOf(walk, id) {
  const frame = walk.payload.frames?.find((f) => f.id === id);
  if (frame) return { rect: frame, sign: { x: frame.x + 17, y: frame.y + 15 }, closed: false };
  const node = boxOf(walk.payload, id);
  return node ? { rect: node, sign: { x: node.x + node.w - 17, y: node.y + 15 }, closed: true } : null;
}

/** Take away what is drawn no more. While it fades, it is no part of the drawing: nothing can reach or find it. */
function leave(selection, glide, target = null) {
  if (!glide) {
    selection.interrupt().remove();
    return;
  }
  selection.classed("is-leaving", true).attr("pointer-events", "none").attr("aria-hidden", "true");
  selection.selectAll("[tabindex]").attr("tabindex", null);
  const leaving = selection.transition().duration(GLIDE * 0.6).attr("opacity", 0);
  if (target) leaving.attr("transform", translate(target.rect));
  leaving.remove();
}
