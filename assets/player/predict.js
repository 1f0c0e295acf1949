/** Predict: the part's questions one after the other, and free practice at new numbers without end. */

import { Api, OVERTAKEN } from "./api.js";
import { Ask } from "./ask.js";
import { h, setText } from "./dom.js";
import { changedValues, sameValue } from "./payload.js";
import { paragraphs } from "./text.js";

/** @typedef {import("./lesson.js").Question} Question */

const SEEDS = 1_000_000; // from which practice starts, so that not all of a class get the same numbers
const MOST_TRIES = 6; // for another answer than the last one

export class Predict {
  /** The app's root, or null: then there is no practice. @type {string|null} */
  base = null;

  /** @param {import("./player.js").GradwalkPlayer} player */
  constructor(player) {
    this.player = player;
    this.at = 0;
    /** @type {Question[]} */
    this.questions = [];
    /** Free practice, if it is on: its seed, the number of the round, and how many were right at once. */
    this.practice = /** @type {{seed: number, round: number, row: number}|null} */ (null);
    this.count = h("span");
    this.asking = h("div", { class: "gw-ask" });
    this.ask = new Ask(player, { settled: (right) => this.#settled(right) });
    this.ask.form.append(h("span", { class: "gw-muted" }, "three digits are enough"));
    this.setting = h("button", { type: "button", class: "gw-link", onclick: () => this.ask.bring() }, "Set these values");
    this.hint = h("div", { class: "gw-muted" }, h("span"), " ", this.setting);
    this.next = h("button", { type: "button", class: "gw-button", onclick: () => this.#turn(1) }, "Next question");
    this.previous = h("button", { type: "button", class: "gw-button", onclick: () => this.#turn(-1) }, "Previous question");
    this.fresh = h("button", { type: "button", class: "gw-button", title: "The same kind of question at other numbers, as often as you like", onclick: () => this.#draw() }, "New numbers");
    this.leave = h("button", { type: "button", class: "gw-button", onclick: () => this.#turn(0) }, "Back to the question");
    this.foot = h("div", { class: "gw-row gw-foot" }, this.previous, this.next, this.leave, this.fresh);
    this.element = h(
      "section",
      { class: "gw-column gw-predict", "aria-label": "Predict" },
      h("h3", {}, "Predict", this.count),
      this.asking,
      this.ask.form,
      this.ask.verdict,
      this.hint,
      this.foot,
    );
  }

  /** @param {Question[]} questions */
  draw(questions) {
    const key = JSON.stringify(questions.map((question) => question.ask));
    this.questions = questions;
    this.element.hidden = questions.length === 0;
    if (key === this.key || !questions.length) return;
    this.key = key;
    this.at = 0;
    this.practice = null;
    this.#pose(questions[0]);
    // A link may lead straight to the question's values: then its answer is not to be read off by accident.
    if (Object.keys(questions[0].values ?? {}).length) queueMicrotask(() => this.#away() || this.ask.cover());
  }

  #turn(by) {
    this.at = Math.min(this.questions.length - 1, Math.max(0, this.at + by));
    this.practice = null;
    this.#pose(this.questions[this.at]);
    this.ask.input.focus({ preventScroll: true });
  }

  /** Bring the question into sight, ready for an answer. */
  invite() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.element.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "nearest" });
    this.ask.input.focus({ preventScroll: true });
  }

  /** Ask at new numbers, those of the next seed; again and again while the answer is that of the last question. */
  async #draw() {
    let { seed, round, row } = this.practice ?? { seed: Math.floor(Math.random() * SEEDS), round: 0, row: 0 };
    this.api ??= new Api(this.base);
    try {
      const { lesson, part } = this.player.payload.source;
      const before = this.ask.question.answer;
      let reply;
      for (let tries = 0; tries < MOST_TRIES && (!reply || reply.answer === before); tries++) {
        seed += 1;
        reply = await this.api.practice({ lesson, part, question: this.at, seed });
        if (reply === OVERTAKEN) return;
      }
      this.practice = { seed, round: round + 1, row };
      this.#pose(reply);
      await this.ask.bring();
      this.ask.input.focus({ preventScroll: true });
    } catch (error) {
      this.ask.verdict.replaceChildren(error.message);
    }
  }

  #settled(right) {
    if (!this.practice) return;
    this.practice.row = right ? this.practice.row + 1 : 0;
    this.#show();
  }

  /** @param {Question} question */
  #pose(question) {
    this.asking.replaceChildren(paragraphs(question.ask));
    this.ask.pose(question);
    this.#show();
    this.show();
  }

  #show() {
    const { practice, questions, at } = this;
    const several = questions.length > 1 ? `${at + 1} of ${questions.length}` : "";
    setText(this.count, practice ? `practice ${practice.round}${practice.row ? ` · ${practice.row} right in a row` : ""}` : several);
    this.previous.hidden = at === 0 || Boolean(practice);
    this.next.hidden = at === questions.length - 1 || Boolean(practice);
    this.leave.hidden = !practice;
    this.fresh.hidden = this.base === null || !questions[at].practice;
    this.foot.hidden = [...this.foot.children].every((child) => child.hidden);
  }

  #away() {
    const held = this.player.payload?.values;
    return Object.entries(this.ask.values).some(([name, value]) => !sameValue(value, held?.[name]));
  }

  /** Say so when the player holds other values than the question is about, and offer to set them. */
  show() {
    const { question } = this.ask;
    const { payload, api } = this.player;
    if (!question || !payload) return;
    const away = this.#away() && Boolean(api && payload.source);
    const others = away && Object.keys(question.values ?? {}).length > 0;
    const changed = away && Object.keys(changedValues(payload)).length > 0;
    const what =
      ((away || this.practice) && question.asked_at && `With ${question.asked_at}.`) ||
      (others && "It is asked at other numbers than these.") ||
      (changed && "You have changed numbers; it asks about those of the lesson.") ||
      "";
    this.hint.hidden = !away && !what;
    this.setting.hidden = !away;
    setText(this.hint.firstChild, what);
  }
}
