/** What is said over the graph: the graph's notices, and what the server refuses. */

import { button, h, setText } from "./dom.js";

export class Said {
  constructor() {
    this.notices = h("div", { class: "gw-notices" });
    this.refusal = h("div", { class: "gw-refusal", role: "alert", hidden: true });
  }

  /** @param {string[]} notices */
  show(notices) {
    const key = notices.join("\n");
    if (this.notices.dataset.key === key) return;
    this.notices.dataset.key = key;
    this.notices.replaceChildren(...notices.map((notice) => h("div", { class: "gw-notice" }, notice)));
  }

  /** Show the server's refusal, or take it away (null). */
  refuse(sentence) {
    this.refusal.hidden = sentence === null;
    if (sentence === null) return;
    if (!this.refusal.firstChild)
      this.refusal.append(h("span"), button({ name: "Dismiss", icon: "close", class: "gw-quiet", onclick: () => this.refuse(null) }));
    setText(this.refusal.firstChild, sentence);
  }
}
