/** <gradwalk-player>: a computation graph, walked step by step, forward and backward. */

import { oneLevelMore, rollWords } from "./boxes.js";
import { CellOrigins } from "./cell.js";
import { Changes } from "./changes.js";
import { covered } from "./covered.js";
import { h } from "./dom.js";
import { Edits } from "./edit.js";
import { Graph } from "./graph.js";
import { Keys } from "./keys.js";
import { Legend } from "./legend.js";
import { Moved } from "./moved.js";
import { Nudge } from "./nudge.js";
import { keepClear } from "./overlays.js";
import { Panel } from "./panel.js";
import { changedValues, sameValue, Walk, withTensors } from "./payload.js";
import { Playing } from "./playing.js";
import { Present } from "./present.js";
import { Said } from "./said.js";
import { bringStyles } from "./styles.js";
import { followTheme } from "./theme.js";
import { Timeline } from "./timeline.js";
import { toolbar } from "./toolbar.js";
import { tooltip } from "./tooltip.js";
import { Trail } from "./trail.js";
import { addressOf } from "./url.js";

/** @typedef {import("./payload.js").Payload} Payload */

const HURRY = 120; // ms: steps that follow faster than this are not animated

export class GradwalkPlayer extends HTMLElement {
  /** The lesson's choice for the nudge box. @type {{name: string, by?: number, cell?: number[]}|null} */
  nudgeChoice = null;
  #walk = /** @type {Walk|null} */ (null);
  #at = 0;
  #changes = new Changes(this, (reply, how) => this.#accept(reply, how));
  #wantedStep = /** @type {string|number|null} */ (null);
  #shownAt = 0;
  #built = false;
  #motion = matchMedia("(prefers-reduced-motion: reduce)");

  connectedCallback() {
    if (!this.#built) this.#build();
    this.#stopTheme = followTheme(this);
    this.#observer.observe(this.graph.element);
    this.#keys.listen();
    bringStyles(this).then(() => {
      this.classList.add("is-styled");
      this.#restyle();
    });
    document.fonts?.addEventListener("loadingdone", this.#restyle);
  }

  disconnectedCallback() {
    this.pause();
    document.fonts?.removeEventListener("loadingdone", this.#restyle);
    this.#stopTheme?.();
    this.#observer.disconnect();
    this.#keys.stop();
  }

  /** Measure again: the styles, or a font, have arrived. */
  #restyle = () => {
    if (!this.#walk) return;
    this.graph.redraw();
    this.panel.reserve(this.#walk.payload);
    this.panel.show(this.#at, this.#walk);
  };

  #stopTheme = /** @type {(() => void)|null} */ (null);
  #observer = new ResizeObserver(([entry]) => this.#resized(entry.contentRect));
  #keys = new Keys(this, {
    next: () => this.go(this.#at + 1),
    previous: () => this.go(this.#at - 1),
    first: () => this.go(0),
    last: () => this.go(this.#walk?.last ?? 0),
    toggle: () => this.playing.toggle(),
    back: (event) => this.#escaped(event),
  });

  /** Whether this one only goes along with another player. */
  get follower() {
    return this.hasAttribute("follower");
  }

  #build() {
    this.#built = true;
    this.setAttribute("role", "region");
    this.setAttribute("aria-label", this.follower ? "Experiment beside the intact run" : "Computation graph player");
    const still = () => this.#motion.matches;
    this.graph = new Graph({
      go: (id) => this.#goToNode(id),
      boxes: {
        toggle: (id) => this.#changes.toggleBox(id),
        unroll: (box) => this.#changes.unroll(box),
        roll: (roll) => this.#changes.roll(roll),
        turn: (from, to) => this.#changes.turnBox(from, to),
        focus: (id) => this.lookInto(id),
      },
      still,
      opens: () => this.#changes.possible,
      moved: () => this.tip?.hide(),
      editable: (node) => Boolean(this.#changes.possible && node.input && node.value.shape.length <= 2),
      edits: null,
    });
    this.graph.options.edits = new Edits(this.graph.element, (name, change) => this.#changes.edit(name, change));
    this.tip = tooltip(this.graph.element, () => this.graph);
    this.present = new Present(this, {
      changed: (big) => {
        this.presented = big;
        this.dispatchEvent(new CustomEvent("gw-present"));
      },
      // A lesson takes a turn for itself, and goes on to another stop of its walk.
      turn: (by) => this.dispatchEvent(new CustomEvent("gw-turn", { detail: by, cancelable: true })) && this.go(this.#at + by),
    });
    this.tools = toolbar({
      zoomIn: () => this.graph.view.zoomBy(1.3),
      zoomOut: () => this.graph.view.zoomBy(1 / 1.3),
      fit: () => this.graph.view.fit(),
      present: () => this.present.toggle(),
      copy: () => this.copyLink(),
      reset: () => this.setValues(this.payload.defaults),
      openLevel: () => this.#changes.openLevel(),
      fold: () => this.#changes.roll(this.#changes.apart),
      closeAll: () => this.setOpen([]),
    });
    this.said = new Said();
    const moved = new Moved(this.graph);
    this.nudge = new Nudge({
      moved: (changes) => moved.show(changes),
      ask: (what) => this.#changes.nudge(what),
      known: (name) => this.#walk.payload.nodes.some((node) => node.input?.name === name && this.#knowsGradient(node)),
    });
    this.panel = new Panel(this.nudge.element);
    this.origins = new CellOrigins(this.graph, this.panel.element, {
      enabled: () => this.#changes.possible,
      complete: (card, kind) => kind === "value" || this.#walk.isWhole(card.node, this.#at),
      ask: (of) => this.#changes.cell(of),
      open: (scalars, card) => this.openScalars(scalars, card),
      changed: () => this.tell("gw-ask", this.asked),
    });
    this.graph.options.cells = this.origins.grids;
    this.addEventListener("keydown", (event) => this.#escaped(event), true);
    this.legend = new Legend();
    this.timeline = new Timeline({ go: (index) => this.go(index), toggle: () => this.playing.toggle() });
    this.playing = new Playing(this, this.timeline);
    this.trail = new Trail();
    const said = h("div", { class: "gw-said-over" }, this.trail.element, this.said.notices, this.said.refusal);
    this.graph.element.prepend(h("div", { class: "gw-over" }, said, this.graph.overview.element, this.tools.element));
    this.graph.element.append(this.legend.element);
    keepClear(this.graph.view, [this.trail.element, this.said.notices, this.tools.element], this.legend.element);
    this.replaceChildren(
      h("div", { class: "gw-player" }, this.graph.element, this.panel.element, this.timeline.element),
    );
    if (this.#pending) this.#accept(this.#pending);
  }

  #pending = /** @type {Payload|null} */ (null);
  #bare = /** @type {Payload|null} */ (null); // with nothing covered
  #cover = /** @type {import("./covered.js").Cover|null} */ (null);

  /** Cover a number until it has been predicted; null: show all. @param {import("./covered.js").Cover|null} what */
  cover(what) {
    this.#cover = what;
    if (this.#bare) this.#accept(this.#bare);
  }

  /** @returns {Payload|null} */
  get payload() {
    return this.#walk?.payload ?? this.#pending;
  }

  /** A new graph; the step stays where it was, as far as there is such a step. */
  set payload(payload) {
    if (this.#built) this.#accept(payload, { animate: true });
    else this.#pending = payload;
  }

  /** The app's root, such as "/"; null: nothing can be edited, only walked. */
  set api(base) {
    if (base === this.#changes.base) return;
    this.#changes.base = base;
    if (this.#bare) this.#accept(this.#bare);
  }

  get api() {
    return this.#changes.base;
  }

  get step() {
    return this.#at;
  }

  set step(index) {
    this.go(index);
  }

  /** The address of the step that is shown, such as `backward s w`. */
  get stepName() {
    return this.payload?.steps[this.#at]?.name ?? "start";
  }

  /** The cell that the panel tells of. @returns {import("./cell.js").Asked|null} */
  get asked() {
    return this.origins?.asked ?? null;
  }

  /** Tell where a cell comes from, if it is in view and known. @param {import("./cell.js").Asked} asked */
  tellOf(asked) {
    this.origins?.tellOf(asked);
  }

  get walk() {
    return this.#walk;
  }

  #accept(bare, { animate = false, anchor = null, step = null } = {}) {
    this.#bare = bare;
    if (step !== null) this.#wantedStep = step;
    const payload = covered(withTensors(bare), this.#cover);
    const walk = new Walk(payload);
    // Another lesson or expression begins at its own beginning.
    const before = sameValue(this.#walk?.payload.source, payload.source) ? this.#walk : null;
    const index = before ? walk.keepStep(before, this.#at) : this.#startAt(walk);
    this.#walk = walk;
    this.#pending = null;
    this.#changes.settle(payload);
    if (!before) this.pause();
    this.origins.close();
    this.graph.element.classList.toggle("has-cells", this.#changes.possible);
    this.graph.draw(walk, { animate: animate && Boolean(before), anchor });
    const sameWay = before && before.last === walk.last && sameValue(before.payload.phases, payload.phases);
    if (!sameWay) this.timeline.draw(walk);
    this.panel.draw(walk);
    this.legend.draw(walk);
    this.said.show(payload.notices ?? []);
    this.#showTrail(payload);
    this.tools.show({
      more: oneLevelMore(this.#changes.wanted.open, payload).length > this.#changes.wanted.open.length,
      opened: this.#changes.wanted.open.length > 0,
      fold: this.#changes.apart ? rollWords(this.#changes.apart) : "",
      changed: Object.keys(changedValues(payload)).length > 0,
      online: this.#changes.possible,
    });
    const kept = before && before.payload.structure === payload.structure;
    if (!kept && !anchor) this.graph.view.home(this.#focus(walk, index), Boolean(before) && animate);
    this.#show(index, false, anchor !== null);
    this.nudge.draw(walk, this.#changes.possible, this.nudgeChoice);
  }

  #startAt(walk) {
    const wanted = this.#wantedStep;
    this.#wantedStep = null;
    const index = typeof wanted === "string" ? walk.find(wanted) : (wanted ?? 0);
    return Math.min(walk.last, Math.max(0, index));
  }

  #focus(walk, index) {
    const id = walk.payload.steps[index].focus;
    return id === null ? null : (walk.nodes.get(id) ?? null);
  }

  /** Whether it is shown on the whole screen, with everything larger. */
  get presented() {
    return this.graph.view.presented;
  }

  set presented(big) {
    this.graph.view.presented = big;
    this.#home();
  }

  #home() {
    if (!this.#walk) return;
    this.graph.view.home(this.#focus(this.#walk, this.#at));
    this.graph.show(this.#at, false, true); // what flows keeps inside the window
  }

  #resized({ width, height }) {
    const { view } = this.graph;
    if (!view.resize(width, height) || !this.#walk) return;
    if (view.mode !== "free") this.#home();
  }

  /**
   * Go to a step by its index.
   * @param {number} index
   */
  go(index) {
    if (!this.#walk) {
      this.#wantedStep = index;
      return;
    }
    const to = Math.min(this.#walk.last, Math.max(0, Math.round(index)));
    if (to === this.#at) return;
    const now = performance.now();
    const animate = now - this.#shownAt > HURRY;
    this.#shownAt = now;
    this.#show(to, animate);
  }

  /**
   * Go to a step by its name, such as `backward s w`. Returns whether there is one.
   * @param {string} name
   */
  goTo(name) {
    if (!this.#walk) {
      this.#wantedStep = name;
      return true;
    }
    const index = this.#walk.find(name);
    if (index >= 0) this.go(index);
    return index >= 0;
  }

  #goToNode(id) {
    this.pause();
    const node = this.#walk.nodes.get(id);
    if (node) this.go(this.#walk.stepOf(node, this.#at));
  }

  /** Whether all of the node's gradient has come back. At the last step all that will ever come is there. */
  #knowsGradient(node) {
    return this.#at === this.#walk.last || this.#walk.isWhole(node, this.#at);
  }

  #show(index, animate, hold = false) {
    const changed = index !== this.#at;
    this.#at = index;
    if (changed) this.origins.close();
    this.graph.show(index, animate, hold);
    this.timeline.show(index, this.#walk);
    this.panel.show(index, this.#walk);
    this.legend.show(index, this.#walk);
    this.nudge.show();
    this.tip.hide();
    if (changed) this.tell("gw-step", { index, name: this.stepName });
  }

  /** An event for the page around. */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  /** Step on by itself. */
  play() {
    this.playing.start();
  }

  pause() {
    this.playing?.stop();
  }

  /** Recompute with other inputs; those that are not named stay. @param {Record<string, any>} values */
  setValues(values) {
    return this.#changes.setValues(values);
  }

  /** Open just these boxes. @param {string[]} open */
  setOpen(open) {
    return this.#changes.setOpen(open);
  }

  /** Open a closed box, or close an opened one. @param {string} id */
  toggleBox(id) {
    return this.#changes.toggleBox(id);
  }

  /** Open just these boxes, and look into one alone; "" is everything. @param {{open: string[], focus: string}} seen */
  see(seen) {
    return this.#changes.see(seen);
  }

  /** Look at the inside of one box alone; at everything, without an id. @param {string} id */
  lookInto(id) {
    return this.#changes.lookInto(id);
  }

  /** Walk a cell's scalar graph in the place of the whole. @param {import("./cell.js").Scalars} scalars @param {string} [card] that it is on */
  openScalars(scalars, card) {
    return this.#changes.openScalars(scalars, card);
  }

  /** Back to the whole. @param {string} [at] the step to show there @param {string} [into] the box to look into */
  closeScalars(at, into) {
    return this.#changes.closeScalars(at, into);
  }

  /** Escape leads back: from a cell to the step, from its scalars to the whole. */
  #escaped(event) {
    if (event.key !== "Escape" || event.target.matches("input")) return;
    if (this.origins.isOpen) this.origins.close(true);
    else if (this.trail.climbs) this.trail.climb();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  async copyLink() {
    try {
      await navigator.clipboard.writeText(addressOf(this.payload, this.stepName, this.asked));
      this.tools.say("Link copied");
    } catch {
      this.tools.say("Copy it from the address bar");
    }
  }

  /**
   * Mark nodes as different from the run beside this one.
   * @param {Set<string>} ids
   */
  mark(ids) {
    this.graph?.mark(ids);
  }

  #showTrail(payload) {
    const { around = null, trail = [] } = payload;
    const whole = [{ id: "", label: "Whole graph" }];
    const levels = [
      ...(around ? [...whole, ...around.trail].map(({ id, label }) => ({ label, go: () => this.closeScalars(undefined, id) })) : []),
      ...[...(around ? [{ id: "", label: payload.title }] : whole), ...trail].map(({ id, label }) => ({ label, go: () => this.lookInto(id) })),
    ];
    levels.at(-1).go = null;
    this.trail.show(levels);
  }

}

if (!customElements.get("gradwalk-player")) customElements.define("gradwalk-player", GradwalkPlayer);
