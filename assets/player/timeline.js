/** One timeline for both passes: the buttons, the speed, and the scrubber with its phases. */

import { button, h, icon, setAttribute, setText } from "./dom.js";

/** @typedef {import("./payload.js").Walk} Walk */

const MOST_DOTS = 48;
const FULL = 26; // dots, and a short track has no room for more
const BEAT = 1100; // ms a step at speed 1
const SPEEDS = [0.5, 1, 2, 4];

export class Timeline {
  /** @param {{go: (index: number) => void, toggle: () => void}} options */
  constructor(options) {
    this.at = 0;
    const step = (name, image, where) =>
      button({ name, icon: image, class: "gw-square", onclick: () => options.go(where()) });
    this.first = step("First step", "first", () => 0);
    this.previous = step("Previous step", "previous", () => this.at - 1);
    this.play = button({ name: "Play", icon: "play", words: "Play", class: "gw-play", onclick: options.toggle });
    this.next = step("Next step", "next", () => this.at + 1);
    this.last = step("Last step", "last", () => this.steps);
    this.speed = h(
      "select",
      { class: "gw-speed", "aria-label": "Speed", title: "Speed" },
      ...SPEEDS.map((speed) => h("option", { value: speed, selected: speed === 1 }, `${speed}×`)),
    );
    this.range = h("input", { type: "range", class: "gw-range", "aria-label": "Step", min: 0, step: 1, value: 0 });
    this.range.addEventListener("input", () => options.go(Number(this.range.value)));
    this.track = h("div", { class: "gw-track", "aria-hidden": "true" });
    this.element = h(
      "div",
      { class: "gw-timeline" },
      h("div", { class: "gw-transport", role: "group", "aria-label": "Stepping" }, this.first, this.previous, this.play, this.next, this.last),
      h("div", { class: "gw-scrubber" }, this.track, this.range),
      this.speed,
    );
  }

  /** How long a step lasts while playing, in ms. */
  get beat() {
    return BEAT / Number(this.speed.value);
  }

  /** Draw the phases of a walk. @param {Walk} walk */
  draw(walk) {
    this.steps = walk.last;
    this.range.max = String(walk.last);
    const share = (index) => (walk.last ? (100 * index) / walk.last : 0);
    this.segments = walk.payload.phases.map(({ phase, first, last }, order, all) => {
      const from = Math.max(0, first - 1);
      const label = h("span", { class: "gw-phase-label" }, phase);
      const fill = h("div", { class: "gw-phase-fill" });
      const element = h("div", { class: `gw-phase gw-phase-${phase}` }, fill, label);
      element.style.left = `${share(from)}%`;
      element.style.width = `${share(last) - share(from)}%`;
      // The last one's label ends with it, that of another stands above the line, so that no two run into each other.
      if (share(last) - share(from) < 16 && all.length > 1) element.classList.add(order === all.length - 1 ? "is-short" : "is-narrow");
      return { element, fill, from, last };
    });
    this.dots = [];
    if (walk.last <= MOST_DOTS)
      this.dots = walk.payload.steps.map((_, index) => {
        const dot = h("i", { class: `gw-dot gw-phase-${walk.phaseOf(index)}` });
        dot.style.left = `${share(index)}%`;
        return dot;
      });
    this.track.classList.toggle("is-full", walk.last > FULL);
    this.track.replaceChildren(...this.segments.map((segment) => segment.element), ...this.dots);
    this.shown = -1;
  }

  /**
   * @param {number} index
   * @param {Walk} walk
   */
  show(index, walk) {
    const step = walk.payload.steps[index];
    this.at = index;
    this.range.value = String(index);
    this.range.setAttribute("aria-valuetext", `Step ${index} of ${walk.last}, ${walk.phaseOf(index)}`);
    setAttribute(this.element, "data-phase", step.phase === "seed" ? "backward" : step.phase);
    for (const { fill, from, last } of this.segments) {
      const share = Math.min(1, Math.max(0, (index - from) / Math.max(1, last - from)));
      fill.style.transform = `scaleX(${share})`;
    }
    const [low, high] = this.shown < 0 ? [0, this.dots.length - 1] : [Math.min(index, this.shown), Math.max(index, this.shown)];
    for (let i = low; i <= high && i < this.dots.length; i++) this.dots[i].classList.toggle("is-done", i <= index);
    this.shown = index;
    disable(this.first, index === 0);
    disable(this.previous, index === 0);
    disable(this.next, index === walk.last);
    disable(this.last, index === walk.last);
  }

  /** @param {boolean} playing */
  showPlaying(playing) {
    const words = playing ? "Pause" : "Play";
    if (this.play.textContent === words) return;
    this.play.setAttribute("aria-label", words);
    setText(this.play.querySelector(".gw-words"), words);
    this.play.querySelector(".gw-icon").replaceWith(icon(playing ? "pause" : "play"));
  }
}

/** A button at the end of its way stays focusable, so that the keyboard does not lose its place. */
function disable(element, off) {
  setAttribute(element, "aria-disabled", off ? "true" : null);
}
