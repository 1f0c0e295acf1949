/** One node's card: name, op, its value and its gradient, each always at the same place. */

import { axisWords } from "./axiswords.js";
import { s, setAttribute, setText } from "./dom.js";
import { HeatMap } from "./heatmap.js";
import { cutToFit, widthOf } from "./measure.js";
import { COVERED, fullNumber, shortNumber } from "./numbers.js";
import { sameTensor } from "./payload.js";
import { between } from "./room.js";
import { Strip } from "./strip.js";

/** @typedef {import("./payload.js").GraphNode} GraphNode */
/** @typedef {import("./payload.js").Tensor} Tensor */

export const SIDE = 10; // px between a card's edge and its texts
const HEADER = 19; // the baseline of the first line
const NUMBER = 13.5; // px, the font of a card's one number
const LONG = { most: 11, least: 7.5 }; // and of one that is too long for that
const UNKNOWN = "–";

/** The parts of a node that its card's shape depends on. If they are the same, the card stays. */
export function cardShape(node) {
  const { name, expression, op, kind, subtitle, w, h, slots, input, learns, share, warning, labels, tokens } = node;
  const box = node.box && { ...node.box, members: node.box.members?.map((member) => member.id) };
  const sizes = [node.value?.rows, node.value?.cols, node.value?.shape, node.gradient?.rows, node.gradient?.cols];
  return JSON.stringify([name, expression, op, kind, subtitle, w, h, slots, input, learns, share, box, warning, sizes, labels, tokens]);
}

export class Card {
  /**
   * @param {GraphNode} node
   * @param {{font: string, hatch: (kind: string) => string, editable: boolean}} look
   */
  constructor(node, look) {
    this.node = node;
    this.look = look;
    this.shown = { value: undefined, gradient: undefined, waiting: undefined, updated: undefined };
    this.element = s("g", { class: `gw-node gw-kind-${node.kind}`, role: "button", tabindex: "0", "data-node": node.id });
    if (node.box?.members) this.#pile();
    this.element.append(
      s("rect", { class: "gw-shade", x: 0, y: 1.5, width: node.w, height: node.h, rx: 10 }),
      s("rect", { class: "gw-card", width: node.w, height: node.h, rx: 10 }),
    );
    this.#header();
    this.strip = node.box?.members ? new Strip(node.box) : null;
    if (this.strip) this.element.append(this.strip.element);
    this.value = this.#row("value");
    this.gradient = this.#row("gradient");
    this.#footer();
    this.differs = null;
  }

  /** The edges of the cards that lie below the first one; above it, what leads from one step to the next. */
  #pile() {
    const { w, h, box } = this.node;
    for (const shift of [7, 3.5])
      this.element.append(s("rect", { class: "gw-card gw-pile", x: shift, y: shift, width: w, height: h, rx: 10 }));
    if (!box.shared) return;
    const [from, to] = [w - 46, 46];
    const loop = s("path", { class: "gw-loop", d: `M${from} 0C${from} -20 ${to} -20 ${to} -1` });
    this.element.append(loop, s("path", { class: "gw-loop-tip", d: `M${to - 4.5} -8L${to} 0L${to + 4.5} -8z` }));
  }

  #header() {
    const { node, look } = this;
    const bold = `600 12.5px ${look.font}`;
    const thin = `400 12.5px ${look.font}`;
    const small = `400 11px ${look.font}`;
    const below = this.#noGradient();
    const op = node.box || node.op === below ? "" : node.op;
    const right = node.box?.members ? 54 : node.box ? 30 : SIDE;
    const beside = node.w - SIDE - right - widthOf(node.name, bold) - 10;
    const opText = cutToFit(op, small, Math.max(node.w * 0.5, beside));
    const room = node.w - SIDE - right - (opText ? widthOf(opText, small) + 8 : 0) - 2;
    const name = cutToFit(node.name, bold, room);
    const rest = node.expression ? ` = ${node.expression}` : "";
    const expression = cutToFit(rest, thin, room - widthOf(name, bold));
    const title = s("text", { class: "gw-title", x: SIDE, y: HEADER }, s("tspan", { class: "gw-name" }, name));
    if (expression.length > 3) title.append(s("tspan", { class: "gw-expression" }, expression));
    this.element.append(title);
    if (node.subtitle)
      this.element.append(s("text", { class: "gw-op gw-subtitle", x: SIDE, y: HEADER + 17 }, cutToFit(node.subtitle, small, node.w - 2 * SIDE)));
    if (opText) this.element.append(s("text", { class: "gw-op", x: node.w - SIDE, y: HEADER }, opText));
    if (node.warning)
      this.element.append(
        s(
          "g",
          { class: "gw-warning", transform: `translate(${node.w - 4} 4)`, "data-full": node.warning },
          s("circle", { r: 9 }),
          s("text", { dy: ".36em" }, "!"),
        ),
      );
  }

  /** The last line of a closed box: what goes in and what comes out. */
  #footer() {
    const { node, look } = this;
    if (!node.box?.footer) return;
    const text = cutToFit(node.box.footer, `400 11px ${look.font}`, node.w - 2 * SIDE);
    this.element.append(s("text", { class: "gw-op gw-shapes", x: SIDE, y: node.h - 12, dy: ".35em" }, text));
  }

  /** What stands in the gradient's place of a node that gets none. */
  #noGradient() {
    if (this.node.learns || this.node.op === "to outside") return "";
    return this.node.kind === "leaf" ? "fixed data" : this.node.kind === "constant" ? "constant" : "no gradient";
  }

  #row(kind) {
    const { node, look } = this;
    const slot = node.slots?.[kind];
    if (kind === "gradient" && !node.learns) {
      const { y: top, h: height } = node.slots.value;
      const y = top + height + 11;
      this.element.append(s("text", { class: "gw-fixed", x: SIDE, y, dy: ".35em" }, this.#noGradient()));
      return null;
    }
    if (!slot) return null;
    const like = kind === "value" ? node.value : (node.gradient ?? node.value);
    const grid = like.shape.length > 0 && !slot.norm;
    const what = kind === "gradient" ? gradientWords(node) : kind;
    const words = slot.norm ? `${what} norm` : grid && like.more ? `${what} (${like.shape.join(", ")})` : what;
    const label = s("text", { class: `gw-label gw-text-${kind}`, x: SIDE, dy: ".35em" }, words);
    this.element.append(label);
    if (grid) {
      label.setAttribute("x", slot.x - (slot.rows ?? 0));
      label.setAttribute("y", slot.y - (slot.columns ?? 0) - 8);
      const map = new HeatMap(slot, like, kind, look, node.tokens);
      this.element.append(map.element, axisWords(node, slot, look.font) ?? "");
      return { map, label };
    }
    const middle = slot.y + slot.h / 2;
    label.setAttribute("y", middle);
    const text = s("text", { class: `gw-number gw-text-${kind}`, x: slot.x + slot.w, y: middle, dy: ".35em" });
    this.element.append(text);
    return { text, label, right: slot.x + slot.w };
  }

  /**
   * Show what is known at a step; touch only what differs from before.
   * @param {{value: Tensor|null, gradient: Tensor|null, updated: boolean}} known
   */
  patch(known) {
    const before = this.shown;
    const newValue = !sameTensor(before.value, known.value);
    const newGradient = !sameTensor(before.gradient, known.gradient);
    if (newValue) this.#write(this.value, known.value);
    if (newGradient) this.#write(this.gradient, known.gradient);
    this.strip?.patch(this.node.box.members, known);
    const waiting = known.value === null;
    if (waiting !== before.waiting) this.element.classList.toggle("is-waiting", waiting);
    if (known.updated !== before.updated) this.element.classList.toggle("is-updated", known.updated);
    if (newValue || newGradient || before.waiting === undefined)
      this.element.setAttribute("aria-label", nodeLabel(this.node, known));
    this.shown = { ...known, waiting };
  }

  #write(row, tensor) {
    if (!row) return;
    if (row.map) {
      row.map.patch(tensor);
      return;
    }
    const cell = this.node.slots.value.norm ? tensor?.norm : tensor?.cells[0];
    const text = cell === undefined ? UNKNOWN : shortNumber(cell);
    setText(row.text, text);
    setAttribute(row.text, "data-full", cell === undefined ? null : fullNumber(cell));
    row.text.classList.toggle("is-unknown", cell === undefined);
    const { font } = this.look;
    const room = row.right - SIDE - widthOf(row.label.textContent, `400 11px ${font}`) - 5;
    const size = fontSize(room / widthOf(text, `600 100px ${font}`));
    setAttribute(row.text, "style", size < NUMBER ? `font-size:${size}px` : null);
  }

  /** Mark the card (or not) as one that differs from the run beside it. */
  markDifferent(different) {
    if (different === (this.differs !== null)) return;
    this.differs?.remove();
    this.differs = different
      ? s("g", { class: "gw-differs", transform: "translate(0 0)" }, s("circle", { r: 9.5 }), s("text", { dy: ".35em" }, "≠"))
      : null;
    if (this.differs) this.element.append(this.differs);
  }
}

/** The largest font in px for a text into which `most` hundreds of px fit. @param {number} most */
const fontSize = (most) => (most >= NUMBER / 100 ? NUMBER : between(Math.floor(400 * most) / 4, LONG.least, LONG.most));

/** What a card's gradient is called: inside of one box, what is read elsewhere too shows only its share. */
const gradientWords = (node) => (node.share ? "gradient from here" : "gradient");

/** What a screen reader says: `s, value 6, gradient 6`; of a box also what it is, of a port where it leads. */
export function nodeLabel(node, known) {
  const more = node.box ? boxWords(node) : node.kind === "port" ? [node.op] : [];
  const name = [node.name || node.op, ...more].join(", ");
  const gradient = node.learns ? `${gradientWords(node)} ${spoken(known.gradient)}` : node.kind === "leaf" ? "fixed data" : "no gradient";
  const warning = node.warning ? `, ${node.warning}` : "";
  const value = node.tokens && known.value ? `words: ${node.tokens.join(", ")}${known.value.more ? ", …" : ""}` : `value ${spoken(known.value)}`;
  return `${name}, ${value}, ${gradient}${warning}`;
}

/** `closed box EmbedToken, E[x], (4,) to (4, 4), 32 parameters`; of a stack `24 TransformerBlocks, block 1 to 24, own weights each`. */
function boxWords({ subtitle, box }) {
  const what = box.members ? `${box.members.length} ${box.kind}s` : `closed box ${box.kind}`;
  return [what, subtitle, box.footer.replace(" → ", " to ")].filter(Boolean);
}

function spoken(tensor) {
  if (!tensor) return "not yet known";
  if (tensor.cells[0] === COVERED) return "to be predicted";
  if (tensor.shape.length === 0) return shortNumber(tensor.cells[0]);
  const cells = tensor.cells.length <= 8 && !tensor.more ? `: ${tensor.cells.map((c) => shortNumber(c)).join(", ")}` : "";
  const norm = tensor.more ? `, norm ${shortNumber(tensor.norm)}` : "";
  return `array of shape ${tensor.shape.join(" by ")}${cells}${norm}`;
}
