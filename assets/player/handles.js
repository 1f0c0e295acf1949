/** What lies over a card and can be taken hold of: a box's sign, a leaf's number. */

import { s, setAttribute } from "./dom.js";
import { boxSign, sign } from "./frames.js";
import { shortNumber, toNumber } from "./numbers.js";

/**
 * Add or refresh the handles of a card. They are the card's siblings, since a button may hold no button.
 * @param {SVGGElement} item the group of the card
 * @param {import("./cards.js").Card} card
 * @param {{editable: (node: object) => boolean, opens: () => boolean, boxes: import("./boxes.js").Boxes, edits: import("./edit.js").Edits,
 *   cells?: import("./cellgrid.js").CellGrids}} options
 * @param {boolean} fresh whether the card is new
 */
export function handles(item, card, options, fresh) {
  const { node } = card;
  if (fresh) options.cells?.stops(item, card);
  if (fresh && node.box && options.opens()) {
    if (node.box.members) stackHandles(item, card, options.boxes);
    else item.append(boxSign(node.box.id, node.box.label, true, { x: node.w - 17, y: 15 }, options.boxes.toggle));
  }
  if (!options.editable(node) || !node.slots.value) return;
  if (fresh) item.append(handle(card, options.edits));
  const element = item.querySelector(".gw-edit");
  if (element && node.value.shape.length === 0) {
    const cell = node.value.cells[0];
    const x = toNumber(cell);
    setAttribute(element, "aria-valuenow", Number.isFinite(x) ? x : null);
    setAttribute(element, "aria-valuetext", shortNumber(cell));
  }
}

/** A stack opens the box that is picked among its bars, or all of them side by side. */
function stackHandles(item, card, boxes) {
  const { node, strip } = card;
  const { members, shared, label } = node.box;
  const open = (index) => boxes.toggle(members[index].id);
  const plus = boxSign(members[0].id, members[0].label, true, { x: node.w - 17, y: 15 }, () => open(strip.index));
  const words = shared ? `Unroll ${label}` : `Show ${label} side by side`;
  item.append(plus, sign("apart", words, { x: node.w - 41, y: 15 }, () => boxes.unroll(node.box)));
  const { x, y, w, h } = node.box.strip;
  const picker = s(
    "g",
    {
      class: "gw-strip-picker gw-handle",
      role: "slider",
      tabindex: "0",
      "aria-label": `Pick one of ${node.expression}`,
      "aria-valuemin": 1,
      "aria-valuemax": members.length,
    },
    s("rect", { x: x - 2, y: y - 2, width: w + 4, height: h + 4, rx: 4 }),
  );
  const pick = (index) => {
    strip.pick(Math.min(members.length - 1, Math.max(0, index)));
    setAttribute(picker, "aria-valuenow", strip.index + 1);
    setAttribute(picker, "aria-valuetext", strip.describe(strip.index));
    setAttribute(plus, "aria-label", `Open ${members[strip.index].label}`);
  };
  const under = (event) => {
    const box = strip.element.querySelector(".gw-strip-line").getBoundingClientRect();
    return Math.floor(((event.clientX - box.left) / box.width) * members.length);
  };
  picker.addEventListener("pointermove", (event) => pick(under(event)));
  picker.addEventListener("click", (event) => {
    event.stopPropagation();
    pick(under(event));
    open(strip.index);
  });
  picker.addEventListener("focus", () => pick(strip.index));
  picker.addEventListener("keydown", (event) => {
    const to = { ArrowRight: strip.index + 1, ArrowLeft: strip.index - 1, Home: 0, End: members.length - 1 }[event.key];
    if (to === undefined && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    if (to === undefined) open(strip.index);
    else pick(to);
  });
  item.append(picker);
}

function handle(card, edits) {
  const { node } = card;
  const { x, y, w, h } = node.slots.value;
  const scalar = node.value.shape.length === 0;
  const group = s("g", {
    class: `gw-edit gw-handle ${scalar ? "gw-edit-number" : "gw-edit-cells"}`,
    role: scalar ? "spinbutton" : "button",
    tabindex: "0",
    "aria-label": `Edit ${node.name}`,
    "aria-valuemin": scalar ? (node.input.low ?? null) : null,
    "aria-valuemax": scalar ? (node.input.high ?? null) : null,
    "data-hint": scalar ? "Drag sideways, or click to type" : "Click a cell to type",
  });
  if (scalar) {
    const left = x + w - 62;
    group.append(
      s("rect", { class: "gw-edit-reach", x: left, y: y - 1, width: 64, height: h + 2, rx: 5 }),
      s("path", { class: "gw-edit-line", d: `M${x + w - 30} ${y + h - 0.5}h30` }),
    );
  } else {
    const [width, height] = node.slots.value.cell;
    group.append(s("rect", { class: "gw-edit-outline", x: x - 2, y: y - 2, width: w + 4, height: h + 4, rx: 4 }));
    for (let index = 0; index < node.value.cells.length; index++)
      group.append(
        s("rect", {
          class: "gw-edit-reach",
          x: x + (index % node.value.cols) * width,
          y: y + Math.floor(index / node.value.cols) * height,
          width,
          height,
          "data-edit-cell": index,
        }),
      );
  }
  edits.attach(group, card);
  return group;
}
