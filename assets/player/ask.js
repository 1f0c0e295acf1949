/** One question: type the number before it is shown. Until then it is covered in the player. */

import { coveredStep } from "./covered.js";
import { h } from "./dom.js";
import { parseNumber, shortNumber } from "./numbers.js";
import { sameValue } from "./payload.js";
import { rich } from "./text.js";

/** @typedef {import("./lesson.js").Question} Question */

/** The question that covers a number in a player: one at a time. @type {WeakMap<object, Ask>} */
const covering = new WeakMap();

export class Ask {
  /**
   * @param {import("./player.js").GradwalkPlayer} player
   * @param {{settled?: (right: boolean) => void, said?: () => void}} [options] settled: the answer is on the screen;
   *   wrong ones before it, and giving up, make it not right. said: the verdict has changed
   */
  constructor(player, { settled = () => {}, said = () => {} } = {}) {
    this.player = player;
    this.settled = settled;
    this.said = said;
    /** Whether the player is on its way to the number: what it passes on that way nobody has walked past. */
    this.awaited = false;
    /** @type {Question|null} */
    this.question = null;
    this.input = h("input", { class: "gw-answer", "aria-label": "Your answer", inputmode: "text", autocomplete: "off", placeholder: "a number", title: "Three digits are enough" });
    this.input.addEventListener("focus", () => this.#holdsValues() && this.cover());
    const check = h("button", { type: "submit", class: "gw-button gw-strong" }, "Check");
    const reveal = h("button", { type: "button", class: "gw-button", onclick: () => this.reveal() }, "Show me");
    this.input.addEventListener("input", () => this.done || this.#say("", "")); // it was about the number before
    this.form = h("form", { class: "gw-row" }, this.input, check, reveal);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#judge();
    });
    this.verdict = h("div", { class: "gw-verdict", role: "status" });
    player.addEventListener("gw-step", () => this.#passed());
    player.addEventListener("gw-break", () => this.uncover()); // what two runs are compared by is all to be seen
    player.addEventListener("gw-change", () => this.#holdsValues() || this.uncover());
  }

  /** @param {Question} question */
  pose(question) {
    this.uncover();
    this.question = question;
    this.done = false;
    this.clean = true;
    this.input.value = "";
    this.verdict.replaceChildren();
    this.verdict.classList.remove("is-right");
  }

  /** The values that the question is about. */
  get values() {
    return { ...this.player.payload?.defaults, ...this.question?.values };
  }

  #holdsValues() {
    const held = this.player.payload?.values ?? {};
    return Object.entries(this.values).every(([name, value]) => sameValue(held[name], value));
  }

  get covers() {
    return covering.get(this.player) === this;
  }

  get #cover() {
    return this.question?.hides ? { ...this.question.hides, at: this.question.at } : null;
  }

  /** Cover the number in the player, and bring it to the step where it is missing, unless it is before that. */
  cover() {
    if (this.done || !this.#cover || this.covers) return;
    covering.get(this.player)?.uncover();
    covering.set(this.player, this);
    this.player.cover(this.#cover);
    const step = coveredStep(this.player.payload, this.#cover);
    if (step >= 0 && this.player.step > step) this.player.go(step);
  }

  /** Show the number again, though the question stays open. */
  uncover() {
    if (!this.covers) return;
    covering.delete(this.player);
    this.player.cover(null);
  }

  /** Bring the player to the question: its values, with the number covered, at the step where it is missing. */
  async bring() {
    this.player.pause();
    this.cover();
    if (!this.#holdsValues() && this.player.api !== null) await this.player.setValues(this.values);
    const step = this.covers ? coveredStep(this.player.payload, this.#cover) : -1;
    if (step >= 0) this.player.go(step);
  }

  /** Whoever goes on from the covered step has asked to see the number. */
  #passed() {
    if (!this.covers || this.awaited) return;
    const step = coveredStep(this.player.payload, this.#cover);
    if (step < 0 || this.player.step <= step) return; // where a closed box hides it nobody has passed it
    this.#settle(`You have walked past it. It is ${shortNumber(this.question.answer)}.`, this.question.explain, false);
  }

  /** Show in the player what the answer says: the question's values, at the step that it is about. */
  async #prove() {
    const { at, step } = this.question;
    this.player.pause();
    if (!this.#holdsValues() && this.player.api !== null) await this.player.setValues(this.values);
    const found = this.#cover && !at ? coveredStep(this.player.payload, this.#cover) : -1;
    if (at) this.player.goTo(at);
    else if (typeof step === "number") this.player.go(step);
    else if (found >= 0) this.player.go(found);
  }

  #judge() {
    const { question } = this;
    const x = parseNumber(this.input.value);
    if (x === null) {
      this.#say("", "Type a number, such as 7, −0.5 or 2/3.");
      return;
    }
    if (near(x, question.answer, question.tolerance)) {
      this.#settle("✓ Right.", question.explain, true);
      this.#prove();
      return;
    }
    this.clean = false;
    const mistake = question.mistakes.find(({ value }) => near(x, value, question.tolerance));
    if (!mistake && isRounded(this.input.value, x, question.answer)) this.#say("✗ Nearly.", "Give three digits.");
    else this.#say("✗ Not yet.", mistake?.says ?? question.hint ?? "");
  }

  /** Show the answer: it has been given up, or is shown to a class. */
  reveal() {
    this.#settle(`It is ${shortNumber(this.question.answer)}.`, this.question.explain, false);
    this.#prove();
  }

  #settle(verdict, text, right) {
    const first = !this.done;
    this.done = true;
    this.uncover();
    this.#say(verdict, text, right);
    if (first) this.settled(right && this.clean);
  }

  #say(verdict, text, right = false) {
    this.verdict.classList.toggle("is-right", right);
    this.verdict.replaceChildren(verdict ? h("strong", { class: "gw-verdict-head" }, verdict) : "", " ", rich(text));
    this.said();
  }
}

/** Whether what was typed is the answer with too few digits: 0.16 for 0.157. */
function isRounded(typed, x, answer) {
  const digits = typed.trim().split(/[.,]/)[1]?.length ?? 0;
  return digits > 0 && x !== 0 && Math.abs(x - answer) <= 0.5 * 10 ** -digits * (1 + 1e-9);
}

/** Whether `x` is `answer`, up to this share of its size. */
function near(x, answer, tolerance) {
  return Math.abs(x - answer) <= tolerance * (Math.abs(answer) || 1);
}
