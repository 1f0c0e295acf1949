/** <gradwalk-lesson>: the walk's text, under it the player, and under that predict and break it. */

import { h } from "./dom.js";
import { BreakIt } from "./breakit.js";
import { learn } from "./glossary.js";
import { Predict } from "./predict.js";
import { paragraphs } from "./text.js";
import { followTheme } from "./theme.js";
import { Tour } from "./tour.js";
import "./player.js";

/**
 * @typedef {{text: string, at?: string, step: number|null, values?: Record<string, any>, open?: string[],
 *   question?: Question|null}} Stop at: the step's name, which a closed box may hide
 * @typedef {{ask: string, answer: number, tolerance: number, explain: string, values: Record<string, any>,
 *   at?: string|null, step: number|null, mistakes: {value: number, says: string}[],
 *   hides?: {kind: "value"|"gradient"|"update", name: string}|null, practice?: boolean}} Question
 * @typedef {{title: string, text: string, button?: string, values: Record<string, any>, intact?: Record<string, any>,
 *   reveals: string, at?: string|null, open?: string[], focus?: string}} Experiment at: the step to show it at
 * @typedef {{graph: import("./payload.js").Payload, walk: Stop[], questions: Question[], experiment: Experiment|null,
 *   nudge: {name: string, by?: number, cell?: number[]}|null, intro?: string, glossary?: Record<string, string>}} LessonPayload
 */

export class GradwalkLesson extends HTMLElement {
  #lesson = /** @type {LessonPayload|null} */ (null);
  #stopTheme = /** @type {(() => void)|null} */ (null);

  constructor() {
    super();
    /** @type {import("./player.js").GradwalkPlayer} */
    this.player = /** @type {any} */ (document.createElement("gradwalk-player"));
    this.intro = h("div", { class: "gw-intro" });
    this.beside = h("div", { class: "gw-beside", hidden: true });
    this.tour = new Tour(this.player);
    this.predict = new Predict(this.player);
    this.breakit = new BreakIt(this.player, this.beside);
    this.stage = h("div", { class: "gw-stage" }, this.tour.element, this.player); // what a projector shows first
    this.columns = h("div", { class: "gw-columns" }, this.predict.element, this.breakit.element);
    this.player.addEventListener("gw-step", () => this.#moved());
    this.player.addEventListener("gw-change", () => this.#moved());
    this.player.addEventListener("gw-turn", (event) => {
      event.preventDefault();
      this.tour.turn(event.detail);
    });
  }

  connectedCallback() {
    if (!this.firstChild) this.append(this.intro, this.stage, this.beside, this.columns);
    this.#stopTheme = followTheme(this);
  }

  disconnectedCallback() {
    this.#stopTheme?.();
  }

  #moved() {
    this.tour.show();
    this.predict.show();
  }

  /** The app's root, such as "/"; null: nothing can be edited or run, only walked. */
  set api(base) {
    this.player.api = base;
    this.breakit.base = base;
    this.predict.base = base;
  }

  get api() {
    return this.player.api;
  }

  get lesson() {
    return this.#lesson;
  }

  /** @param {LessonPayload} lesson */
  set lesson(lesson) {
    const first = this.#lesson === null;
    this.#lesson = lesson;
    learn(lesson.glossary);
    this.intro.replaceChildren(paragraphs(lesson.intro ?? ""));
    this.player.nudgeChoice = lesson.nudge;
    this.player.payload = lesson.graph;
    this.predict.draw(lesson.questions ?? []);
    this.tour.after = lesson.questions?.length ? () => this.predict.invite() : null;
    this.tour.draw(lesson.walk ?? [], lesson.graph, first);
    this.breakit.draw(lesson.experiment ?? null);
    const count = [this.predict, this.breakit].filter((column) => !column.element.hidden).length;
    this.columns.style.setProperty("--gw-count", String(count));
    this.columns.hidden = count === 0;
  }

  /** Go to a step by its name. @param {string} name */
  goTo(name) {
    return this.player.goTo(name);
  }
}

if (!customElements.get("gradwalk-lesson")) customElements.define("gradwalk-lesson", GradwalkLesson);
