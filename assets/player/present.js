/** The player alone on the whole screen, in larger type, for a projector. */

export class Present {
  /**
   * @param {HTMLElement} element
   * @param {(big: boolean) => void} changed
   */
  constructor(element, changed) {
    this.element = element;
    this.changed = changed;
    element.addEventListener("fullscreenchange", () => this.#set(this.#isFull()));
    element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.on && !this.#isFull()) this.#set(false);
    });
  }

  get on() {
    return this.element.classList.contains("is-present");
  }

  #isFull() {
    return this.element.matches(":fullscreen");
  }

  async toggle() {
    if (this.#isFull()) {
      await document.exitFullscreen();
      return;
    }
    if (this.on) {
      this.#set(false);
      return;
    }
    try {
      await this.element.requestFullscreen();
    } catch {
      this.#set(true); // not allowed here (a frame, a phone): at least the whole window
    }
  }

  #set(on) {
    this.element.classList.toggle("is-present", on);
    this.changed(on);
  }
}
