/** The whole screen in larger type, for a projector: a lesson with its walk, or a player that stands alone. */

/** What a presenter's remote control sends, and by how many places it turns. */
const REMOTE = { PageDown: 1, PageUp: -1 };

export class Present {
  /** What is shown large; known once the player has its place. @type {HTMLElement|null} */
  #stage = null;
  /** What had the focus before. @type {HTMLElement|null} */
  #before = null;

  /**
   * @param {HTMLElement} player
   * @param {{changed: (big: boolean) => void, turn: (by: 1|-1) => void}} actions
   */
  constructor(player, actions) {
    this.player = player;
    this.actions = actions;
  }

  get on() {
    return Boolean(this.#stage?.classList.contains("is-present"));
  }

  #isFull() {
    return Boolean(this.#stage?.matches(":fullscreen"));
  }

  async toggle() {
    this.#stage ??= this.#listening(this.player.closest("gradwalk-lesson") ?? this.player);
    if (this.#isFull()) {
      await document.exitFullscreen();
      return;
    }
    if (this.on) {
      this.#set(false);
      return;
    }
    try {
      await this.#stage.requestFullscreen();
    } catch {
      this.#set(true); // not allowed here (a frame, a phone): at least the whole window
    }
  }

  /** @param {HTMLElement} stage */
  #listening(stage) {
    stage.addEventListener("fullscreenchange", () => this.#set(this.#isFull()));
    stage.addEventListener("keydown", (event) => this.#pressed(event));
    return stage;
  }

  #pressed(event) {
    if (!this.on) return;
    if (event.key === "Escape" && !this.#isFull()) this.#set(false);
    const by = REMOTE[event.key];
    if (!by) return;
    event.preventDefault();
    this.actions.turn(by);
  }

  #set(on) {
    this.#stage.classList.toggle("is-present", on);
    this.#stage.scrollTop = 0;
    this.actions.changed(on);
    this.#takeFocus(on);
  }

  /** The keys go to the player, and not to a button that would be ringed on every slide and leave at Enter. */
  #takeFocus(on) {
    const { player } = this;
    if (on) {
      const root = /** @type {Document|ShadowRoot} */ (player.getRootNode());
      this.#before = /** @type {HTMLElement} */ (root.activeElement);
      player.setAttribute("tabindex", "-1");
      player.focus({ preventScroll: true });
      return;
    }
    const back = player.matches(":focus");
    player.removeAttribute("tabindex");
    if (back) this.#before?.focus({ preventScroll: true });
  }
}
