/** The walk: a lesson's stops, each at a step of the player, and with the values that its text speaks of. */

import { Ask } from "./ask.js";
import { h, setText } from "./dom.js";
import { sameValue } from "./payload.js";
import { paragraphs, rich, withoutFormulas } from "./text.js";
import { visit } from "./visit.js";

export class Tour {
  /** @param {import("./player.js").GradwalkPlayer} player */
  constructor(player) {
    this.player = player;
    this.at = 0;
    this.stops = [];
    /** The question at each stop, or null. @type {(Ask|null)[]} */
    this.asks = [];
    this.count = h("span", { class: "gw-count" });
    this.text = h("div", { class: "gw-stop", "aria-live": "polite" });
    this.previous = h("button", { type: "button", class: "gw-button", onclick: () => this.go(this.at - 1) }, "Previous stop");
    this.next = h("button", { type: "button", class: "gw-button gw-strong", onclick: () => this.#onward() }, "Next stop");
    /** What the button does after the last stop; null: nothing. @type {(() => void)|null} */
    this.after = null;
    this.back = h("button", { type: "button", class: "gw-link", onclick: () => this.go(this.at) }, "Back to the walk");
    this.forms = h("div", { hidden: true });
    this.element = h(
      "section",
      { class: "gw-walk", "aria-label": "Walk" },
      this.text,
      h("div", { class: "gw-walk-foot" }, this.count, h("div", { class: "gw-row" }, this.previous, this.next), this.forms, this.back),
    );
  }

  /**
   * @param {import("./lesson.js").Stop[]} stops
   * @param {import("./payload.js").Payload} graph the graph that the stops' steps count in
   * @param {boolean} first whether the walk begins
   */
  draw(stops, graph, first) {
    this.element.hidden = stops.length === 0;
    const key = JSON.stringify(stops);
    if (key !== this.key) {
      this.shown = -1;
      // All of them lie in one place, so the place is as high as the longest, and the buttons never move.
      this.asks.forEach((ask) => ask?.uncover());
      this.asks = stops.map(({ question }) => this.#askOf(question));
      this.forms.replaceChildren(...this.asks.flatMap((ask) => (ask ? [ask.form] : [])));
      this.text.replaceChildren(...stops.map((stop, index) => this.#stop(stop, index)));
      this.unset = new Map(stops.map((stop, index) => [index, stop.text]));
      // The first one is set below; the others once the page has been drawn, as formulas take their time.
      setTimeout(() => [...this.unset.keys()].forEach((index) => this.#set(index)), 150);
    }
    this.key = key;
    // By name, since opening a box renumbers the steps.
    this.stops = stops.map(({ at, step, values, open, focus }) => ({
      step: at ?? graph.steps[step]?.name ?? "start",
      values: values ?? {},
      open: open ?? [],
      focus: focus ?? "",
    }));
    if (!stops.length) return;
    this.at = Math.min(this.at, stops.length - 1);
    if (first) {
      this.#begin();
      return;
    }
    this.show();
  }

  /**
   * Bring the player to a stop: its values, then its step.
   * @param {number} index
   */
  async go(index) {
    this.at = Math.min(this.stops.length - 1, Math.max(0, index));
    const { at, player } = this;
    player.pause();
    this.asks.forEach((ask, other) => other !== at && ask?.uncover());
    const ask = this.asks[at];
    if (ask) ask.awaited = true;
    ask?.cover();
    this.show();
    await this.#lead(at);
    if (ask) ask.awaited = false;
    if (at !== this.at) return; // the learner has gone on meanwhile
    this.show();
    if (at === this.stops.length - 1) player.dispatchEvent(new CustomEvent("gw-walked"));
  }

  /** Bring the player to stop `at`, unless another one is wanted meanwhile. @param {number} at */
  async #lead(at) {
    const { player } = this;
    const stop = this.stops[at];
    // In one request, as with other values the box that is looked into may not be there.
    if (!this.#holdsValues() && player.api !== null) await player.see({ values: this.#values(), focus: stop.focus });
    if (at === this.at) await visit(player, stop, this.stops.flatMap(({ open }) => open));
  }

  /** Start where the player is, if a link has brought it to a stop; else at the first stop. */
  #begin() {
    queueMicrotask(() => {
      const { stepName } = this.player;
      const here = this.stops.findIndex((stop, index) => {
        this.at = index;
        return stop.step === stepName && this.#holdsValues();
      });
      this.at = Math.max(0, here);
      if (here >= 0) this.asks[here]?.cover();
      const [first] = this.stops;
      if (stepName === "start" && (here < 0 || (here === 0 && (first.open.length || first.focus)))) visit(this.player, first);
      this.show();
    });
  }

  /** Put a stop's text with its formulas in place of the plain one. @param {number} index */
  #set(index) {
    const text = this.unset.get(index);
    if (text === undefined) return;
    this.unset.delete(index);
    this.text.children[index].firstChild.replaceChildren(paragraphs(text));
  }

  #askOf(question) {
    if (!question) return null;
    const ask = new Ask(this.player, { said: () => this.show() });
    ask.pose(question);
    return ask;
  }

  /** A stop's text, and what it asks. */
  #stop(stop, index) {
    const text = h("div", {}, paragraphs(withoutFormulas(stop.text)));
    const ask = this.asks[index];
    if (!ask) return h("div", {}, text);
    // Room is kept for the answer, which takes the question's place. What is said of a wrong one hangs under the walk.
    const { ask: question, explain } = stop.question;
    const asking = h("div", { class: "gw-asking" }, h("strong", {}, rich(question)), ask.verdict);
    return h("div", { class: "gw-asks" }, text, h("div", { class: "gw-asked" }, asking, room(`It is 0.000. ${explain}`)));
  }

  /**
   * Go on to the next stop, or back to the one before. A remote control has no other button: where a question is open,
   * the first turn shows its answer, and the second goes on.
   * @param {1|-1} by
   */
  turn(by) {
    if (by < 0) this.go(this.at - 1);
    else if (this.forms.hidden) this.#onward();
    else this.asks[this.at].reveal();
  }

  #onward() {
    if (this.at < this.stops.length - 1) this.go(this.at + 1);
    else this.after?.();
  }

  /** The values that the stop's text speaks of: the lesson's own, but for those that the stop brings. */
  #values() {
    return { ...this.player.payload?.defaults, ...this.stops[this.at].values };
  }

  #holdsValues() {
    const held = this.player.payload?.values ?? {};
    return Object.entries(this.#values()).every(([name, value]) => sameValue(held[name], value));
  }

  /** Bring the texts and buttons in line with the player. */
  show() {
    const stop = this.stops[this.at];
    if (!stop) return;
    if (this.shown !== this.at) {
      this.shown = this.at;
      this.#set(this.at);
      setText(this.count, `Stop ${this.at + 1} of ${this.stops.length}`);
      [...this.text.children].forEach((text, index) => text.classList.toggle("is-here", index === this.at));
      this.previous.hidden = this.stops.length < 2;
      this.next.hidden = this.stops.length < 2;
      this.#disable(this.previous, this.at === 0);
      const last = this.at === this.stops.length - 1;
      setText(this.next, last && this.after ? "Now predict" : "Next stop");
      this.#disable(this.next, last && !this.after);
    }
    const away = Boolean(this.player.walk) && (this.player.stepName !== stop.step || !this.#holdsValues());
    this.element.classList.toggle("is-away", away);
    this.asks.forEach((ask, index) => {
      if (!ask) return;
      this.text.children[index].classList.toggle("is-done", ask.done);
      ask.form.hidden = index !== this.at || ask.done || away;
    });
    this.forms.hidden = this.asks.every((ask) => !ask || ask.form.hidden);
    this.next.classList.toggle("gw-strong", this.forms.hidden); // of two, the question's own button leads
  }

  #disable(element, off) {
    if (off) element.setAttribute("aria-disabled", "true");
    else element.removeAttribute("aria-disabled");
  }
}

/** A text that only keeps its place: there is nothing to read in it. @param {string} text */
function room(text) {
  const blind = withoutFormulas(text).replaceAll("**", "").replaceAll(/[\p{L}\p{N}]/gu, "o");
  return h("div", { class: "gw-room", "aria-hidden": "true" }, blind);
}
