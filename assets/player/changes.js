/** What a person changes in a player, asked of the server and shown in place: values, open boxes, a cell's scalars. */

import { Api, OVERTAKEN } from "./api.js";
import { oneLevelMore, rolled, toggled, turned, unrolled } from "./boxes.js";
import { withCell } from "./edit.js";
import { changedValues, sameValue } from "./payload.js";
import { isLost, nearest, signOf } from "./refocus.js";

/** @typedef {import("./payload.js").Payload} Payload */

export class Changes {
  /** What has been asked for last; what is shown may still be on its way there. */
  wanted = /** @type {{values: object, open: string[], focus: string}} */ ({ values: {}, open: [], focus: "" });
  #api = /** @type {Api|null} */ (null);
  #base = /** @type {string|null} */ (null);
  #card = /** @type {string|null} */ (null); // that was asked about

  /**
   * @param {import("./player.js").GradwalkPlayer} player
   * @param {(reply: Payload, how: {animate: boolean, anchor: object|null, step: string|null}) => void} accept shows a reply
   */
  constructor(player, accept) {
    this.player = player;
    this.accept = accept;
  }

  /** The app's root, such as "/"; null: nothing can be changed. */
  get base() {
    return this.#base;
  }

  set base(base) {
    this.#base = base;
    this.#api = base === null || base === undefined ? null : new Api(base);
  }

  /** Whether there is a server to ask, about something that it knows. */
  get possible() {
    return Boolean(this.#api && this.player.payload?.source && !this.player.follower);
  }

  /** What is shown is what is wanted. @param {Payload} payload */
  settle(payload) {
    this.wanted = wantedOf(payload);
  }

  /** Ask what would come of a nudge. @param {object} what */
  nudge(what) {
    return this.#api.nudge({ ...this.body(), ...what });
  }

  /** Ask where a cell comes from. @param {object} of */
  cell(of) {
    return this.#api.cell({ ...this.body(), of });
  }

  body(source = this.player.payload.source) {
    const { values, open, focus } = this.wanted;
    const seen = focus ? { open, focus } : { open };
    const around = source.scalars ? { around: this.#around(source) } : {};
    return { ...source, values: changedValues({ ...this.player.payload, values }), ...seen, ...around };
  }

  /**
   * Ask for the graph with other inputs or boxes, and show it in place. Returns whether it came.
   * @param {Partial<{values: object, open: string[], focus: string}>} change
   * @param {{anchor?: {before: string, after: string}|null, source?: object, to?: () => Element|null,
   *   step?: string|null}} [how] anchor: the box that is opened or
   *   closed, or that takes another's place; source: what is walked, in place of what is now; to: what takes the
   *   keyboard's focus, once all is drawn; step: the one to show first of what is walked anew
   */
  async #request(change, { anchor = null, source = this.player.payload.source, to = () => null, step = null } = {}) {
    if (!this.possible) return false;
    this.wanted = { ...this.wanted, ...change };
    try {
      const reply = await this.#api.trace(this.body(source));
      if (reply === OVERTAKEN) return false;
      this.player.said.refuse(null);
      const was = document.activeElement;
      const here = this.player.contains(was);
      this.accept(reply, { animate: true, anchor, step });
      if (here || was === document.body) this.#refocus(here ? was : null, to());
      this.player.tell("gw-change", { values: changedValues(reply), open: reply.open ?? [], focus: reply.focus ?? "" });
      return true;
    } catch (error) {
      const { focus } = this.wanted;
      this.wanted = wantedOf(this.player.payload);
      // With other values the box that is looked into may be no more: then everything is looked at.
      if (focus && change.values && change.focus === undefined) return this.#request({ ...change, focus: "" });
      this.player.said.refuse(error.message);
      this.player.tell("gw-refused", { sentence: error.message });
      return false;
    }
  }

  edit(name, { cell, x }) {
    const { values } = this.wanted;
    this.#request({ values: { ...values, [name]: withCell(values[name], cell, x) } });
  }

  /**
   * Recompute with other inputs; those that are not named stay.
   * @param {Record<string, any>} values
   */
  setValues(values) {
    return this.#request({ values: { ...this.wanted.values, ...values } });
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
    return this.#request({ open: toggled(this.wanted.open, id) }, { anchor: { before: id, after: id }, to: () => signOf(this.player.graph, id) });
  }

  /**
   * Another of several alike boxes in place of this one, opened as deep.
   * @param {string} from
   * @param {string} to
   */
  turnBox(from, to) {
    return this.#request({ open: turned(this.wanted.open, from, to) }, { anchor: { before: from, after: to }, to: () => signOf(this.player.graph, to) });
  }

  /** The boxes of a stack side by side. @param {import("./payload.js").Box} box */
  unroll(box) {
    const around = box.members[0].id.slice(0, -box.members[0].label.length - 1);
    return this.#request({ open: unrolled(this.wanted.open, box) }, { to: () => signOf(this.player.graph, around, "roll") ?? this.player.tools.fold });
  }

  /** Boxes that stand side by side folded into a stack. @param {import("./payload.js").Roll} roll */
  roll(roll) {
    return this.#request({ open: rolled(this.wanted.open, roll) }, { to: () => signOf(this.player.graph, roll.members[0]) });
  }

  /** What can be folded though no frame around it says so, or what was set apart by hand. */
  get apart() {
    const { roll, frames } = this.player.payload;
    return roll ?? frames.map((frame) => frame.roll).find((one) => one && this.wanted.open.includes(one.apart));
  }

  /** Open just these boxes, and look into one alone; "" is everything. @param {{open: string[], focus: string}} seen */
  see(seen) {
    return this.#request(seen);
  }

  /** Look at the inside of one box alone; at everything, without an id. @param {string} id */
  lookInto(id) {
    const from = this.wanted.focus;
    return this.#request({ focus: id }, { to: () => (from && signOf(this.player.graph, from, "focus")) || this.player.trail.back });
  }

  /** What had the focus may be gone: it goes on to what took its place, else to what is nearest. */
  #refocus(was, to) {
    const next = to ?? (was && isLost(was) ? nearest(was, this.player.graph, this.player.trail) : null);
    next?.focus({ preventScroll: true });
  }

  /** Open every box that is in view; of a stack its first one, if none is open yet. */
  openLevel() {
    return this.setOpen(oneLevelMore(this.wanted.open, this.player.payload));
  }

  /**
   * Walk the scalar graph behind one cell in the place of the whole. Returns whether it came.
   * @param {import("./cell.js").Scalars} scalars
   * @param {string} [card] the card that the cell is on
   */
  async openScalars(scalars, card = scalars.node) {
    const how = { source: { ...this.player.payload.source, scalars }, to: () => this.player.trail.back };
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
    const { scalars, ...source } = this.player.payload.source ?? {};
    if (!scalars) return false;
    const { open, focus, step } = this.player.payload.around ?? { open: [], focus: "", step: "start" };
    const to = () => (at ? null : (this.player.graph.cards.get(this.#card ?? scalars.node)?.element ?? null));
    return this.#request({ open, focus: into ?? focus }, { source, to, step: at ?? step });
  }

  /** Where in the whole a cell's scalar graph stands: where it was opened from, or where a link says. */
  #around({ scalars }) {
    const { around } = this.player.payload;
    if (sameValue(scalars, this.player.payload.source.scalars)) return around && { open: around.open, focus: around.focus, step: around.step };
    return { open: this.player.payload.open ?? [], focus: this.player.payload.focus ?? "", step: this.player.stepName };
  }
}

/** @param {Payload} payload */
function wantedOf({ values, open, focus }) {
  return { values: { ...values }, open: [...(open ?? [])], focus: focus ?? "" };
}
