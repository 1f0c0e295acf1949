/** The quiet frame around an opened box, and the signs that open and close boxes. */

import { s } from "./dom.js";

/**
 * @param {SVGGElement} group
 * @param {import("./payload.js").Frame} frame
 * @param {((id: string) => void)|null} toggle null: it cannot be closed here
 */
export function drawFrame(group, frame, toggle) {
  const shape = JSON.stringify([frame.w, frame.h, frame.label, toggle !== null]);
  if (group.dataset.shape === shape) return;
  group.dataset.shape = shape;
  group.replaceChildren(
    s("rect", { class: "gw-frame-box", width: frame.w, height: frame.h, rx: 14 }),
    s("text", { class: "gw-frame-label", x: toggle ? 34 : 14, y: 15, dy: ".35em" }, frame.label),
  );
  if (toggle) group.append(sign(frame.id, frame.label, false, { x: 17, y: 15 }, toggle));
}

/**
 * The plus of a closed box, or the minus of an opened one.
 * @param {string} id
 * @param {string} label
 * @param {boolean} opens
 * @param {{x: number, y: number}} place
 * @param {(id: string) => void} toggle
 */
export function sign(id, label, opens, place, toggle) {
  const press = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    toggle(id);
  };
  return s(
    "g",
    {
      class: "gw-sign gw-handle",
      role: "button",
      tabindex: "0",
      "data-box": id,
      "aria-label": `${opens ? "Open" : "Close"} ${label}`,
      "aria-expanded": String(!opens),
      transform: `translate(${place.x} ${place.y})`,
      onclick: press,
      onkeydown: press,
    },
    s("circle", { class: "gw-sign-reach", r: 20 }),
    s("circle", { class: "gw-sign-back", r: 9 }),
    s("path", { d: opens ? "M-4.5 0h9M0-4.5v9" : "M-4.5 0h9" }),
  );
}
