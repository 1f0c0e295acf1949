/** The keyboard: arrows, space, Home and End walk, Escape leads back, unless the key belongs to something else. */

const TYPING = "input:not([type=range]), textarea, select, [contenteditable]:not([contenteditable=false])";
/** The player that a key goes to when nothing on the page has the focus. */
let latest = null;

export class Keys {
  /**
   * @param {HTMLElement} player
   * @param {Record<"next"|"previous"|"first"|"last"|"toggle", () => void> & {back: (event: KeyboardEvent) => void}} actions
   */
  constructor(player, actions) {
    this.player = player;
    this.actions = actions;
    this.inside = (event) => this.#pressed(event, false);
    this.outside = (event) => this.#pressed(event, true);
    this.taken = () => (latest = this);
  }

  listen() {
    if (this.player.follower) return;
    latest ??= this;
    this.player.addEventListener("keydown", this.inside);
    this.player.addEventListener("pointerdown", this.taken);
    this.player.addEventListener("focusin", this.taken);
    document.addEventListener("keydown", this.outside);
  }

  stop() {
    if (latest === this) latest = null;
    this.player.removeEventListener("keydown", this.inside);
    this.player.removeEventListener("pointerdown", this.taken);
    this.player.removeEventListener("focusin", this.taken);
    document.removeEventListener("keydown", this.outside);
  }

  #pressed(event, outside) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    if (outside) {
      // Nothing has the focus: take only what scrolls no page.
      if (latest !== this || target !== document.body) return;
      if (event.key === "Escape") return this.actions.back(event);
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    }
    const action = this.#actionOf(event.key, target);
    if (!action) return;
    event.preventDefault();
    action();
  }

  #actionOf(key, target) {
    if (target.matches?.(TYPING)) return null;
    if (key === " ") return target.matches?.("button, summary, a[href]") ? null : this.actions.toggle;
    if (target.matches?.("input[type=range]")) return null; // moves by itself
    return { ArrowRight: this.actions.next, ArrowLeft: this.actions.previous, Home: this.actions.first, End: this.actions.last }[key];
  }
}
