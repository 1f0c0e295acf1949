// A pad of cells to draw a digit on, with the mouse, a finger or the keys; or a picture to take.

import { h, setText } from "../player/dom.js";
import { wordButton } from "./buttons.js";
import { picture } from "./views.js";

const SIZE = 8; // cells
const DARKEST = 16; // ink of a cell
const PEN = 0.45; // cells around the pen's path that are full of ink,
const SOFT = 0.9; // and the width of the edge on which it fades
const BLANK = () => Array.from({ length: SIZE }, () => Array(SIZE).fill(0));

/**
 * @param {any} player
 * @param {import("./bench.js").Field} field
 * @returns {{element: HTMLElement, follow: () => void, refuse: (sentence: string) => void}}
 */
export function offerPad(player, field) {
  let image = BLANK();
  let cursor = [0, 0];
  let erasing = false;
  let last = null; // where the pen was

  const cells = Array.from({ length: SIZE * SIZE }, () => h("div", { class: "gb-cell" }));
  const pad = h("div", { class: "gb-pad", tabindex: 0, role: "application", "aria-label": "Drawing pad: arrow keys move, space draws, backspace erases" }, ...cells);
  const status = h("span", { class: "gb-quiet", role: "status" });
  const eraser = wordButton("Eraser", () => eraser.setAttribute("aria-pressed", String((erasing = !erasing))), { "aria-pressed": "false" });
  const clear = wordButton("Clear", () => set(BLANK()));

  const show = () => {
    cells.forEach((cell, i) => {
      const ink = image[Math.floor(i / SIZE)][i % SIZE];
      cell.style.setProperty("--share", `${Math.round((100 * ink) / DARKEST)}%`);
      cell.classList.toggle("is-cursor", Math.floor(i / SIZE) === cursor[0] && i % SIZE === cursor[1]);
    });
  };
  const set = (next) => {
    image = next;
    show();
    player.setValues({ [field.name]: image });
  };
  const paint = (from, to, erase) => {
    const next = image.map((row, i) =>
      row.map((ink, j) => {
        const near = Math.min(1, Math.max(0, (PEN + SOFT - distance([j + 0.5, i + 0.5], from, to)) / SOFT));
        const fresh = Math.round(DARKEST * near);
        return erase ? Math.min(ink, DARKEST - fresh) : Math.max(ink, fresh);
      }),
    );
    if (JSON.stringify(next) !== JSON.stringify(image)) set(next);
  };

  const placeOf = (event) => {
    const box = pad.getBoundingClientRect();
    return [((event.clientX - box.x) / box.width) * SIZE, ((event.clientY - box.y) / box.height) * SIZE];
  };
  pad.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pad.setPointerCapture(event.pointerId);
    last = placeOf(event);
    paint(last, last, erasing);
  });
  pad.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = placeOf(event);
    paint(last, next, erasing);
    last = next;
  });
  for (const name of ["pointerup", "pointercancel"]) pad.addEventListener(name, () => (last = null));

  pad.addEventListener("keydown", (event) => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const ink = { " ": DARKEST, Enter: DARKEST, Backspace: 0, Delete: 0 }[event.key];
    if (move) cursor = cursor.map((at, axis) => Math.min(SIZE - 1, Math.max(0, at + move[axis])));
    else if (ink === undefined) return;
    event.preventDefault();
    event.stopPropagation(); // the player's keys are other ones
    if (ink !== undefined) set(image.map((row, i) => row.map((old, j) => (i === cursor[0] && j === cursor[1] ? ink : old))));
    else show();
    setText(status, `Row ${cursor[0] + 1}, column ${cursor[1] + 1}, ink ${image[cursor[0]][cursor[1]]} of ${DARKEST}`);
  });

  const takes = field.pictures.map((cells, example) => {
    const take = h("button", { type: "button", class: "gb-take", "aria-label": `Take the held-out picture ${example}` }, picture(cells, DARKEST));
    // Its own picture is the default then: the address names the example, not 64 numbers.
    take.addEventListener("click", () => player.setValues({ example, [field.name]: player.payload.defaults[field.name], digit: player.payload.defaults.digit }));
    return take;
  });
  const element = h(
    "div",
    { class: "gb-field gb-drawing" },
    h("p", { class: "gb-title" }, field.label),
    h("p", { class: "gb-quiet" }, field.about),
    h("div", { class: "gb-side" }, pad, h("div", { class: "gb-takes" }, ...takes)),
    h("div", { class: "gb-buttons" }, clear, eraser, status),
  );
  return {
    element,
    follow: () => {
      if (last) return; // the pen is ahead of the answers
      image = player.payload.values[field.name].map((row) => [...row]);
      show();
    },
    refuse: () => {},
  };
}

/** How far a point is from the path between two others. */
function distance([x, y], [x1, y1], [x2, y2]) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const long = dx * dx + dy * dy;
  const along = long ? Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / long)) : 0;
  return Math.hypot(x - x1 - along * dx, y - y1 - along * dy);
}
