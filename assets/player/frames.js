/** The quiet frame around an opened box, and the signs that open, close and look into boxes. */

import { rollWords } from "./boxes.js";
import { s } from "./dom.js";
import { cutToFit, widthOf } from "./measure.js";

const SIGNS = {
  open: "M-4.5 0h9M0-4.5v9",
  close: "M-4.5 0h9",
  focus: "M-4 -1.5V-4H-1.5M1.5 -4H4V-1.5M4 1.5V4H1.5M-1.5 4H-4V1.5",
  roll: "M-4.5 -4.5h6v6h-6zM-1.5 4.5h6v-6",
  apart: "M-4.5 -3.5v7M-1.5 -3.5v7M1.5 -3.5v7M4.5 -3.5v7",
  previous: "M1.5 -4L-2.5 0L1.5 4",
  next: "M-1.5 -4L2.5 0L-1.5 4",
};
const STEP = 24; // px between two signs

/**
 * @param {SVGGElement} group
 * @param {import("./payload.js").Frame} frame
 * @param {import("./boxes.js").Boxes|null} boxes null: it cannot be closed here
 * @param {string} font
 */
export function drawFrame(group, frame, boxes, font) {
  const shape = JSON.stringify([frame.w, frame.h, frame.label, frame.plain, frame.alike, frame.roll, boxes !== null, font]);
  if (group.dataset.shape === shape) return;
  group.dataset.shape = shape;
  const place = frame.alike.indexOf(frame.id);
  const label = place < 0 ? frame.label : `${frame.label} of ${frame.alike.length}`;
  const signs = boxes ? signsOf(frame, place, boxes) : [];
  let x = 14;
  for (const one of signs) {
    one.setAttribute("transform", `translate(${x + 3} 15)`);
    x += STEP;
  }
  const room = frame.w - x - 14;
  const bold = cutToFit(label, `600 12.5px ${font}`, room);
  const left = room - widthOf(bold, `600 12.5px ${font}`) - 14;
  const plain = cutToFit(frame.plain, `400 11.5px ${font}`, left);
  const formula = plain.length > 5 ? plain : "";
  const words = widthOf(bold, `600 12.5px ${font}`) + (formula ? 14 + widthOf(formula, `400 11.5px ${font}`) : 0);
  group.replaceChildren(
    s("rect", { class: "gw-frame-box", width: frame.w, height: frame.h, rx: 14 }),
    s("rect", { class: "gw-frame-plate", x: 4, y: 4, width: x + words + 2, height: 22, rx: 10 }),
    s(
      "text",
      { class: "gw-frame-label", x, y: 15, dy: ".35em" },
      bold,
      formula ? s("tspan", { class: "gw-frame-formula", dx: 14 }, formula) : null,
    ),
    ...signs,
  );
}

function signsOf(frame, place, boxes) {
  const signs = [
    boxSign(frame.id, frame.label, false, { x: 0, y: 0 }, boxes.toggle),
    sign("focus", `Look into ${frame.label} alone`, { x: 0, y: 0 }, () => boxes.focus(frame.id)),
  ];
  if (frame.roll) signs.push(sign("roll", rollWords(frame.roll), { x: 0, y: 0 }, () => boxes.roll(frame.roll)));
  for (const one of signs) one.dataset.box = frame.id;
  const turn = (kind, to, words) => {
    if (frame.alike[to]) signs.push(sign(kind, words, { x: 0, y: 0 }, () => boxes.turn(frame.id, frame.alike[to])));
  };
  if (place >= 0) {
    turn("previous", place - 1, `Open the one before ${frame.label}`);
    turn("next", place + 1, `Open the one after ${frame.label}`);
  }
  return signs;
}

/**
 * The plus of a closed box, or the minus of an opened one.
 * @param {string} id
 * @param {string} label
 * @param {boolean} opens
 * @param {{x: number, y: number}} place
 * @param {(id: string) => void} toggle
 */
export function boxSign(id, label, opens, place, toggle) {
  const element = sign(opens ? "open" : "close", `${opens ? "Open" : "Close"} ${label}`, place, () => toggle(id));
  element.dataset.box = id;
  element.setAttribute("aria-expanded", String(!opens));
  return element;
}

/**
 * A small round button in the drawing.
 * @param {keyof typeof SIGNS} kind
 * @param {string} name
 * @param {{x: number, y: number}} place
 * @param {() => void} act
 */
export function sign(kind, name, place, act) {
  const press = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  return s(
    "g",
    {
      class: "gw-sign gw-handle",
      "data-sign": kind,
      role: "button",
      tabindex: "0",
      "aria-label": name,
      "data-full": name,
      transform: `translate(${place.x} ${place.y})`,
      onclick: press,
      onkeydown: press,
    },
    s("circle", { class: "gw-sign-reach", r: STEP / 2 }),
    s("circle", { class: "gw-sign-back", r: 9 }),
    s("path", { d: SIGNS[kind] }),
  );
}
