/** Break it: run the lesson's experiment for real, beside the intact run and in step with it. */

import { Api, OVERTAKEN } from "./api.js";
import { differencesAt, firstDifference } from "./compare.js";
import { h } from "./dom.js";
import { changedValues } from "./payload.js";
import { paragraphs, rich } from "./text.js";
import { visit } from "./visit.js";

/** @typedef {import("./lesson.js").Experiment} Experiment */

export class BreakIt {
  /** The app's root, or null. @type {string|null} */
  base = null;

  /**
   * @param {import("./player.js").GradwalkPlayer} player
   * @param {HTMLElement} beside where the second player goes
   */
  constructor(player, beside) {
    this.player = player;
    this.beside = beside;
    /** @type {any} */
    this.second = null;
    this.title = h("span");
    this.text = h("div");
    this.run = h("button", { type: "button", class: "gw-button", onclick: () => this.#toggle() });
    this.wrong = h("div", { class: "gw-verdict", role: "alert" });
    this.reveals = h("div", { class: "gw-verdict", role: "status" });
    this.element = h("section", { class: "gw-column gw-break", "aria-label": "Break it" }, h("h3", {}, "Break it", this.title), this.text, h("div", { class: "gw-row" }, this.run), this.wrong, this.reveals);
    this.difference = h("span", { class: "gw-difference", role: "status" });
    player.addEventListener("gw-step", () => this.#follow());
    player.addEventListener("gw-present", () => this.second && (this.second.presented = player.presented));
    player.addEventListener("gw-change", () => this.second && this.#load());
  }

  /** @param {Experiment|null} experiment */
  draw(experiment) {
    const key = JSON.stringify(experiment);
    this.element.hidden = experiment === null || this.base === null;
    if (key === this.key) return;
    this.key = key;
    this.experiment = experiment;
    this.#putAway();
    if (!experiment) return;
    this.title.textContent = experiment.title;
    this.text.replaceChildren(paragraphs(experiment.text));
  }

  get #words() {
    return this.experiment?.button || "Run it beside the intact one";
  }

  /** The values that the intact run has beside it: the text that it reveals speaks of them. */
  get #intact() {
    return { ...this.player.payload.defaults, ...this.experiment.intact };
  }

  /** It runs at the values that its text speaks of, whatever the learner has set. */
  async #toggle() {
    if (this.second) {
      this.#putAway();
      return;
    }
    this.player.dispatchEvent(new CustomEvent("gw-break"));
    const { payload } = this.player;
    this.wrong.replaceChildren();
    const wanted = this.#intact;
    const now = { ...payload.defaults, ...changedValues(payload) };
    const there = Object.keys(wanted).every((name) => JSON.stringify(now[name]) === JSON.stringify(wanted[name]));
    if (!there && !(await this.player.setValues(wanted))) return;
    const { at, open, focus } = this.experiment;
    if (at) await visit(this.player, { step: at, open: open ?? [], focus: focus ?? "" });
    await this.#load();
    const first = !at && this.second && firstDifference(this.player.walk, this.second.walk);
    if (first) this.player.go(first.step);
  }

  #putAway() {
    this.second?.remove();
    this.second = null;
    this.beside.hidden = true;
    this.beside.replaceChildren();
    this.player.mark?.(new Set());
    this.run.textContent = this.#words;
    this.wrong.replaceChildren();
    this.reveals.replaceChildren();
  }

  async #load() {
    const { payload } = this.player;
    this.wrong.replaceChildren();
    this.api ??= new Api(this.base);
    // The experiment's own values win over what the learner has set.
    const values = Object.entries(changedValues(payload)).filter(([name]) => !(name in (this.experiment.values ?? {})));
    try {
      const seen = { open: payload.open, ...(payload.focus && { focus: payload.focus }) };
      const reply = await this.api.trace({ ...payload.source, experiment: true, values: Object.fromEntries(values), ...seen });
      if (reply !== OVERTAKEN) this.#show(reply);
    } catch (error) {
      this.wrong.replaceChildren(error.message);
    }
  }

  #show(payload) {
    if (!this.second) {
      this.second = document.createElement("gradwalk-player");
      this.second.setAttribute("follower", "");
      const away = h("button", { type: "button", class: "gw-button gw-small", onclick: () => this.#putAway() }, "Put it away");
      const head = h("div", { class: "gw-beside-head" }, h("strong", {}, this.experiment.title || "Broken"), this.difference, away);
      this.beside.replaceChildren(head, this.second);
      this.beside.hidden = false;
      this.run.textContent = "Put it away";
      this.reveals.replaceChildren(rich(this.experiment.reveals ?? ""));
      requestAnimationFrame(() => this.beside.scrollIntoView({ block: "end", behavior: "smooth" }));
    }
    this.second.presented = this.player.presented;
    this.second.payload = payload;
    const first = firstDifference(this.player.walk, this.second.walk);
    this.difference.replaceChildren(...this.#firstWords(first));
    this.#follow();
  }

  #firstWords(first) {
    if (!first) return ["What both have is the same in both."];
    const go = h("button", { type: "button", class: "gw-link", onclick: () => this.player.go(first.step) }, "go there");
    return [`First difference: ${first.text} `, h("span", { class: "gw-go-there" }, "(", go, ")")];
  }

  /** Bring the second player to the step of the first, and mark what differs. */
  #follow() {
    if (!this.second?.walk) return;
    const { walk, step } = this.player;
    const there = this.second.walk.keepStep(walk, step);
    this.second.go(there);
    const found = differencesAt(walk, step, this.second.walk, there);
    this.player.mark(found.intact);
    this.second.mark(found.other);
  }
}
