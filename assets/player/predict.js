/** Predict: type the number before it is shown; a wrong one is told what went wrong. */

import { h, setText } from "./dom.js";
import { parseNumber, shortNumber } from "./numbers.js";
import { changedValues, sameValue } from "./payload.js";
import { paragraphs, rich } from "./text.js";

/** @typedef {import("./lesson.js").Question} Question */

export class Predict {
  /** @param {import("./player.js").GradwalkPlayer} player */
  constructor(player) {
    this.player = player;
    this.at = 0;
    /** @type {Question[]} */
    this.questions = [];
    this.count = h("span");
    this.ask = h("div", { class: "gw-ask" });
    this.input = h("input", { class: "gw-answer", "aria-label": "Your answer", inputmode: "text", autocomplete: "off", placeholder: "a number" });
    this.check = h("button", { type: "submit", class: "gw-button gw-strong" }, "Check");
    this.reveal = h("button", { type: "button", class: "gw-button", onclick: () => this.#reveal() }, "Show me");
    this.form = h("form", { class: "gw-row" }, this.input, this.check, this.reveal);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#judge();
    });
    this.verdict = h("div", { class: "gw-verdict", role: "status" });
    this.setting = h("button", { type: "button", class: "gw-link", onclick: () => this.#set() }, "Set these values");
    this.hint = h("div", { class: "gw-muted" }, h("span"), " ", this.setting);
    this.next = h("button", { type: "button", class: "gw-button", onclick: () => this.#turn(1) }, "Next question");
    this.previous = h("button", { type: "button", class: "gw-button", onclick: () => this.#turn(-1) }, "Previous question");
    this.foot = h("div", { class: "gw-row gw-foot" }, this.previous, this.next);
    this.element = h(
      "section",
      { class: "gw-column gw-predict", "aria-label": "Predict" },
      h("h3", {}, "Predict", this.count),
      this.ask,
      this.form,
      this.verdict,
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
    this.#pose();
  }

  #turn(by) {
    this.at = Math.min(this.questions.length - 1, Math.max(0, this.at + by));
    this.#pose();
    this.input.focus({ preventScroll: true });
  }

  /** Bring the question into sight, ready for an answer. */
  invite() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.element.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "nearest" });
    this.input.focus({ preventScroll: true });
  }

  #pose() {
    setText(this.count, this.questions.length > 1 ? `${this.at + 1} of ${this.questions.length}` : "");
    this.ask.replaceChildren(paragraphs(this.questions[this.at].ask));
    this.input.value = "";
    this.verdict.replaceChildren();
    this.foot.hidden = this.questions.length < 2;
    this.previous.hidden = this.at === 0;
    this.next.hidden = this.at === this.questions.length - 1;
    this.show();
  }

  /** Say so when the player holds other values than the question is about, and offer to set them. */
  show() {
    const question = this.questions[this.at];
    const { payload, api } = this.player;
    if (!question || !payload) return;
    const overrides = Object.entries(question.values ?? {});
    const wanted = { ...payload.defaults, ...question.values };
    const away = Object.keys(wanted).some((name) => !sameValue(wanted[name], payload.values?.[name]));
    this.hint.hidden = !away || !api || !payload.source;
    const what = overrides.length
      ? `It asks about ${overrides.map(([name, value]) => `${name} = ${written(value)}`).join(", ")}.`
      : Object.keys(changedValues(payload)).length
        ? "You have changed values; it asks about the lesson’s own."
        : "";
    setText(this.hint.firstChild, what);
  }

  /** Bring the player to the values that the question asks about. */
  async #set() {
    const { payload, api } = this.player;
    const wanted = { ...payload.defaults, ...this.questions[this.at].values };
    if (api === null || Object.keys(wanted).every((name) => sameValue(wanted[name], payload.values?.[name]))) return;
    await this.player.setValues(wanted);
  }

  /** Show in the player what the answer says: the question's values, at the step that it is about. */
  async #prove() {
    const { at, step } = this.questions[this.at];
    this.player.pause();
    await this.#set();
    if (at) this.player.goTo(at);
    else if (typeof step === "number") this.player.go(step);
  }

  #judge() {
    const question = this.questions[this.at];
    const x = parseNumber(this.input.value);
    if (x === null) {
      this.#say("", "Type a number, such as 7, −0.5 or 2/3.");
      return;
    }
    if (near(x, question.answer, question.tolerance)) {
      this.#say("✓ Right.", question.explain, true);
      this.#prove();
      return;
    }
    const mistake = question.mistakes.find(({ value }) => near(x, value, question.tolerance));
    this.#say("✗ Not yet.", mistake?.says ?? hintFor(x, question.answer));
  }

  #reveal() {
    const question = this.questions[this.at];
    this.#say(`It is ${shortNumber(question.answer)}.`, question.explain);
    this.#prove();
  }

  #say(verdict, text, right = false) {
    this.verdict.classList.toggle("is-right", right);
    this.verdict.replaceChildren(verdict ? h("strong", {}, verdict) : "", " ", rich(text));
  }
}

/** A value as a person writes it: numbers with a true minus sign, rows in brackets. */
function written(value) {
  if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
  return typeof value === "number" ? shortNumber(value) : String(value);
}

function near(x, answer, tolerance) {
  return Math.abs(x - answer) <= (tolerance ?? 0.01) * Math.max(1, Math.abs(answer));
}

/** For a wrong answer that the lesson did not foresee. */
function hintFor(x, answer) {
  if (near(x, -answer, 0.01) && answer !== 0) return "The size is right, but look at the sign again.";
  return "Walk to the step, read its formula, and put the numbers in yourself.";
}
