/** The questions that the player asks its server. One is under way at a time; the newest wins. */

/** A refusal, with the server's own sentence. */
export class Refusal extends Error {
  /**
   * @param {string} sentence
   * @param {number[]|null} at place in a typed expression: line, column, end line, end column
   */
  constructor(sentence, at = null) {
    super(sentence);
    this.at = at;
  }
}

/** What `Api` gives to a question that a newer one has overtaken. */
export const OVERTAKEN = Symbol("overtaken");

export class Api {
  #base;
  /** @type {Map<string, {busy: boolean, next: {body: object, answer: (reply: any) => void, refuse: (e: Error) => void}|null}>} */
  #lanes = new Map();

  /** @param {string} base the app's root, such as "/" */
  constructor(base) {
    this.#base = new URL(base.endsWith("/") ? base : `${base}/`, document.baseURI);
  }

  /**
   * The graph for these inputs: a payload, or OVERTAKEN.
   * @param {object} body
   */
  trace(body) {
    return this.#ask("api/trace", body);
  }

  /**
   * What really happens when one leaf is nudged, or OVERTAKEN.
   * @param {object} body
   */
  nudge(body) {
    return this.#ask("api/nudge", body);
  }

  /**
   * A question at new numbers, or OVERTAKEN.
   * @param {{lesson: string, part: number, question: number, seed: number}} body
   */
  practice(body) {
    return this.#ask("api/practice", body);
  }

  /**
   * Where one cell comes from, or OVERTAKEN.
   * @param {object} body
   */
  cell(body) {
    return this.#ask("api/cell", body);
  }

  #ask(path, body) {
    const lane = this.#lanes.get(path) ?? { busy: false, next: null };
    this.#lanes.set(path, lane);
    return new Promise((answer, refuse) => {
      lane.next?.answer(OVERTAKEN);
      lane.next = { body, answer, refuse };
      if (!lane.busy) this.#work(path, lane);
    });
  }

  async #work(path, lane) {
    lane.busy = true;
    while (lane.next) {
      const { body, answer, refuse } = lane.next;
      lane.next = null;
      try {
        const reply = await this.#post(path, body);
        answer(lane.next ? OVERTAKEN : reply);
      } catch (error) {
        if (lane.next) answer(OVERTAKEN);
        else refuse(error);
      }
    }
    lane.busy = false;
  }

  async #post(path, body) {
    let response;
    try {
      response = await fetch(new URL(path, this.#base), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
    } catch {
      throw new Refusal("The server does not answer. Stepping still works; try the change again in a moment.");
    }
    const reply = await response.json().catch(() => null);
    if (response.ok && reply) return reply;
    throw new Refusal(reply?.error ?? `The server failed (${response.status}). Try the change again.`, reply?.at ?? null);
  }
}
