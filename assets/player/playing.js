/** Stepping on by itself, at the pace that the timeline's speed gives. */

export class Playing {
  #timer = 0;

  /**
   * @param {import("./player.js").GradwalkPlayer} player
   * @param {import("./timeline.js").Timeline} timeline
   */
  constructor(player, timeline) {
    this.player = player;
    this.timeline = timeline;
  }

  /** From the start again if it is at the end. */
  start() {
    const { player, timeline } = this;
    if (this.#timer || !player.walk) return;
    if (player.step === player.walk.last) player.go(0);
    const beat = () => {
      this.#timer = window.setTimeout(() => {
        player.go(player.step + 1);
        if (player.step === player.walk.last) this.stop();
        else beat();
      }, timeline.beat);
    };
    beat();
    timeline.showPlaying(true);
  }

  stop() {
    if (!this.#timer) return;
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    this.timeline.showPlaying(false);
  }

  toggle() {
    if (this.#timer) this.stop();
    else this.start();
  }
}
