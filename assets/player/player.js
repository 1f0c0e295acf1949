/** <gradwalk-player>: a computation graph, walked step by step, forward and backward. */

import { Api, OVERTAKEN } from "./api.js";
import { oneLevelMore, rolled, rollWords, toggled, turned, unrolled } from "./boxes.js";
import { CellOrigins } from "./cell.js";
import { covered } from "./covered.js";
import { button, h, setText } from "./dom.js";
import { Edits, withCell } from "./edit.js";
import { Graph } from "./graph.js";
import { Keys } from "./keys.js";
import { Legend } from "./legend.js";
import { Nudge } from "./nudge.js";
import { keepClear } from "./overlays.js";
import { Panel } from "./panel.js";
import { Present } from "./present.js";
import { changedValues, sameValue, Walk, withTensors } from "./payload.js";
import { isLost, nearest, signOf } from "./refocus.js";
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
  #api = /** @type {Api|null} */ (null);
  #base = /** @type {string|null} */ (null);
  #wanted = /** @type {{values: object, open: string[], focus: string}} */ ({ values: {}, open: [], focus: "" });
  #wantedStep = /** @type {string|number|null} */ (null);
  #playing = 0;
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
    toggle: () => this.togglePlay(),
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
        toggle: (id) => this.toggleBox(id),
        unroll: (box) => this.unroll(box),
        roll: (roll) => this.roll(roll),
        turn: (from, to) => this.turnBox(from, to),
        focus: (id) => this.lookInto(id),
      },
      still,
      opens: () => this.#editable,
      moved: () => this.tip?.hide(),
      editable: (node) => Boolean(this.#editable && node.input && node.value.shape.length <= 2),
      edits: null,
    });
    this.graph.options.edits = new Edits(this.graph.element, (name, change) => this.#edit(name, change));
    this.tip = tooltip(this.graph.element, () => this.graph);
    this.present = new Present(this, (big) => {
      this.graph.view.presented = big;
      this.#home();
    });
    this.tools = toolbar({
      zoomIn: () => this.graph.view.zoomBy(1.3),
      zoomOut: () => this.graph.view.zoomBy(1 / 1.3),
      fit: () => this.graph.view.fit(),
      present: () => this.present.toggle(),
      copy: () => this.copyLink(),
      reset: () => this.setValues(this.payload.defaults),
      openLevel: () => this.openLevel(),
      fold: () => this.roll(this.#apart()),
      closeAll: () => this.setOpen([]),
    });
    this.notices = h("div", { class: "gw-notices" });
    this.refusal = h("div", { class: "gw-refusal", role: "alert", hidden: true });
    this.nudge = new Nudge({ ask: (what) => this.#api.nudge({ ...this.#body(), ...what }) });
    this.panel = new Panel(this.nudge.element);
    this.origins = new CellOrigins(this.graph, this.panel.element, {
      enabled: () => this.#editable,
      complete: (card, kind) => kind === "value" || this.#walk.isWhole(card.node, this.#at),
      ask: (of) => this.#api.cell({ ...this.#body(), of }),
      open: (scalars, card) => this.openScalars(scalars, card),
      changed: () => this.#tell("gw-ask", this.asked),
    });
    this.graph.options.cells = this.origins.grids;
    this.addEventListener("keydown", (event) => this.#escaped(event), true);
    this.legend = new Legend();
    this.timeline = new Timeline({ go: (index) => this.go(index), toggle: () => this.togglePlay() });
    this.trail = new Trail();
    const said = h("div", { class: "gw-said-over" }, this.trail.element, this.notices, this.refusal);
    this.graph.element.prepend(h("div", { class: "gw-over" }, said, this.graph.overview.element, this.tools.element));
    this.graph.element.append(this.legend.element);
    keepClear(this.graph.view, [this.trail.element, this.notices, this.tools.element], this.legend.element);
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
    if (base === this.#base) return;
    this.#base = base;
    this.#api = base === null || base === undefined ? null : new Api(base);
    if (this.#bare) this.#accept(this.#bare);
  }

  get api() {
    return this.#base;
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

  get #editable() {
    return Boolean(this.#api && this.payload?.source && !this.follower);
  }

  #accept(bare, { animate = false, anchor = null } = {}) {
    this.#bare = bare;
    const payload = covered(withTensors(bare), this.#cover);
    const walk = new Walk(payload);
    // Another lesson or expression begins at its own beginning.
    const before = sameValue(this.#walk?.payload.source, payload.source) ? this.#walk : null;
    const index = before ? walk.keepStep(before, this.#at) : this.#startAt(walk);
    this.#walk = walk;
    this.#pending = null;
    this.#wanted = wantedOf(payload);
    if (!before) this.pause();
    this.origins.close();
    this.graph.element.classList.toggle("has-cells", this.#editable);
    this.graph.draw(walk, { animate: animate && Boolean(before), anchor });
    const sameWay = before && before.last === walk.last && sameValue(before.payload.phases, payload.phases);
    if (!sameWay) this.timeline.draw(walk);
    this.panel.draw(walk);
    this.legend.draw(walk);
    this.#showNotices(payload.notices ?? []);
    this.#showTrail(payload);
    this.tools.show({
      more: oneLevelMore(this.#wanted.open, payload).length > this.#wanted.open.length,
      opened: this.#wanted.open.length > 0,
      fold: this.#apart() ? rollWords(this.#apart()) : "",
      changed: Object.keys(changedValues(payload)).length > 0,
      online: this.#editable,
    });
    const kept = before && before.payload.structure === payload.structure;
    if (!kept && !anchor) this.graph.view.home(this.#focus(walk, index), Boolean(before) && animate);
    this.#show(index, false, anchor !== null);
    this.nudge.draw(walk, this.#editable, this.nudgeChoice);
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

  #home() {
    if (this.#walk) this.graph.view.home(this.#focus(this.#walk, this.#at));
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

  #show(index, animate, hold = false) {
    const changed = index !== this.#at;
    this.#at = index;
    if (changed) this.origins.close();
    this.graph.show(index, animate, hold);
    this.timeline.show(index, this.#walk);
    this.panel.show(index, this.#walk);
    this.legend.show(index, this.#walk);
    this.tip.hide();
    if (changed) this.#tell("gw-step", { index, name: this.stepName });
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  /** Step on by itself, from the start again if it is at the end. */
  play() {
    if (this.#playing || !this.#walk) return;
    if (this.#at === this.#walk.last) this.go(0);
    const beat = () => {
      this.#playing = window.setTimeout(() => {
        this.go(this.#at + 1);
        if (this.#at === this.#walk.last) this.pause();
        else beat();
      }, this.timeline.beat);
    };
    beat();
    this.timeline.showPlaying(true);
  }

  pause() {
    if (!this.#playing) return;
    window.clearTimeout(this.#playing);
    this.#playing = 0;
    this.timeline.showPlaying(false);
  }

  togglePlay() {
    if (this.#playing) this.pause();
    else this.play();
  }

  #body(source = this.payload.source) {
    const { values, open, focus } = this.#wanted;
    const seen = focus ? { open, focus } : { open };
    const around = source.scalars ? { around: this.#around(source) } : {};
    return { ...source, values: changedValues({ ...this.payload, values }), ...seen, ...around };
  }

  /**
   * Ask for the graph with other inputs or boxes, and show it in place. Returns whether it came.
   * @param {Partial<{values: object, open: string[], focus: string}>} change
   * @param {{anchor?: {before: string, after: string}|null, source?: object, to?: () => Element|null}} [how] anchor: the box that is opened or
   *   closed, or that takes another's place; source: what is walked, in place of what is now; to: what takes the
   *   keyboard's focus, once all is drawn
   */
  async #request(change, { anchor = null, source = this.payload.source, to = () => null } = {}) {
    if (!this.#editable) return false;
    this.#wanted = { ...this.#wanted, ...change };
    try {
      const reply = await this.#api.trace(this.#body(source));
      if (reply === OVERTAKEN) return false;
      this.#refuse(null);
      const was = document.activeElement;
      const here = this.contains(was);
      this.#accept(reply, { animate: true, anchor });
      if (here || was === document.body) this.#refocus(here ? was : null, to());
      this.#tell("gw-change", { values: changedValues(reply), open: reply.open ?? [], focus: reply.focus ?? "" });
      return true;
    } catch (error) {
      const { focus } = this.#wanted;
      this.#wanted = wantedOf(this.payload);
      // With other values the box that is looked into may be no more: then everything is looked at.
      if (focus && change.values && change.focus === undefined) return this.#request({ ...change, focus: "" });
      this.#refuse(error.message);
      this.#tell("gw-refused", { sentence: error.message });
      return false;
    }
  }

  #edit(name, { cell, x }) {
    const { values } = this.#wanted;
    this.#request({ values: { ...values, [name]: withCell(values[name], cell, x) } });
  }

  /**
   * Recompute with other inputs; those that are not named stay.
   * @param {Record<string, any>} values
   */
  setValues(values) {
    return this.#request({ values: { ...this.#wanted.values, ...values } });
  }

  /**
   * Open just these boxes.
   * @param {string[]} open
   */
  setOpen(open) {
    return this.#request({ open });
  }

  /** Open a closed box, or close an opened one with all that is open inside. @param {string} id */
  toggleBox(id) {
    return this.#request({ open: toggled(this.#wanted.open, id) }, { anchor: { before: id, after: id }, to: () => signOf(this.graph, id) });
  }

  /**
   * Another of several alike boxes in place of this one, opened as deep.
   * @param {string} from
   * @param {string} to
   */
  turnBox(from, to) {
    return this.#request({ open: turned(this.#wanted.open, from, to) }, { anchor: { before: from, after: to }, to: () => signOf(this.graph, to) });
  }

  /** The boxes of a stack side by side. @param {import("./payload.js").Box} box */
  unroll(box) {
    const around = box.members[0].id.slice(0, -box.members[0].label.length - 1);
    return this.#request({ open: unrolled(this.#wanted.open, box) }, { to: () => signOf(this.graph, around, "roll") ?? this.tools.fold });
  }

  /** Boxes that stand side by side folded into a stack. @param {import("./payload.js").Roll} roll */
  roll(roll) {
    return this.#request({ open: rolled(this.#wanted.open, roll) }, { to: () => signOf(this.graph, roll.members[0]) });
  }

  /** What can be folded though no frame around it says so, or what was set apart by hand. */
  #apart() {
    const { roll, frames } = this.payload;
    return roll ?? frames.map((frame) => frame.roll).find((one) => one && this.#wanted.open.includes(one.apart));
  }

  /** Open just these boxes, and look into one alone; "" is everything. @param {{open: string[], focus: string}} seen */
  see(seen) {
    return this.#request(seen);
  }

  /** Look at the inside of one box alone; at everything, without an id. @param {string} id */
  lookInto(id) {
    const from = this.#wanted.focus;
    return this.#request({ focus: id }, { to: () => (from && signOf(this.graph, from, "focus")) || this.trail.back });
  }

  /** What had the focus may be gone: it goes on to what took its place, else to what is nearest. */
  #refocus(was, to) {
    const next = to ?? (was && isLost(was) ? nearest(was, this.graph, this.trail) : null);
    next?.focus({ preventScroll: true });
  }

  /** Open every box that is in view; of a stack its first one, if none is open yet. */
  openLevel() {
    return this.setOpen(oneLevelMore(this.#wanted.open, this.payload));
  }

  /**
   * Walk the scalar graph behind one cell in the place of the whole. Returns whether it came.
   * @param {import("./cell.js").Scalars} scalars
   * @param {string} [card] the card that the cell is on
   */
  async openScalars(scalars, card = scalars.node) {
    const how = { source: { ...this.payload.source, scalars }, to: () => this.trail.back };
    const came = await this.#request({ open: [], focus: "" }, how);
    if (came) this.#card = card;
    return came;
  }

  /**
   * Back from a cell's scalar graph to the whole, as it was. Returns whether it came.
   * @param {string} [at] the step to show there, in place of the one that was left
   * @param {string} [into] the box to look into, in place of the one that was
   */
  async closeScalars(at, into) {
    const { scalars, ...source } = this.payload.source ?? {};
    if (!scalars) return false;
    const { open, focus, step } = this.payload.around ?? { open: [], focus: "", step: "start" };
    this.#wantedStep = at ?? step;
    const to = () => (at ? null : (this.graph.cards.get(this.#card ?? scalars.node)?.element ?? null));
    const came = await this.#request({ open, focus: into ?? focus }, { source, to });
    if (!came) this.#wantedStep = null;
    return came;
  }

  #card = /** @type {string|null} */ (null); // that was asked about

  /** Where in the whole a cell's scalar graph stands: where it was opened from, or where a link says. */
  #around({ scalars }) {
    const { around } = this.payload;
    if (sameValue(scalars, this.payload.source.scalars)) return around && { open: around.open, focus: around.focus, step: around.step };
    return { open: this.payload.open ?? [], focus: this.payload.focus ?? "", step: this.stepName };
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

  #showNotices(notices) {
    const key = notices.join("\n");
    if (this.notices.dataset.key === key) return;
    this.notices.dataset.key = key;
    this.notices.replaceChildren(...notices.map((notice) => h("div", { class: "gw-notice" }, notice)));
  }

  /** Show the server's refusal, or take it away (null). */
  #refuse(sentence) {
    this.refusal.hidden = sentence === null;
    if (sentence === null) return;
    if (!this.refusal.firstChild)
      this.refusal.append(h("span"), button({ name: "Dismiss", icon: "close", class: "gw-quiet", onclick: () => this.#refuse(null) }));
    setText(this.refusal.firstChild, sentence);
  }
}

/** @param {Payload} payload */
function wantedOf({ values, open, focus }) {
  return { values: { ...values }, open: [...(open ?? [])], focus: focus ?? "" };
}

if (!customElements.get("gradwalk-player")) customElements.define("gradwalk-player", GradwalkPlayer);
