// A field for words that the network reads, with texts to start from, and where it has one, a button for the next word.

import { h, setText } from "../player/dom.js";
import { wordButton } from "./buttons.js";

const CHIPS = 4; // texts to start from that stand below the field; the others are in its list
const THROWS = 1000;

/**
 * @param {any} player
 * @param {import("./bench.js").Field} field
 * @returns {{element: HTMLElement, follow: () => void, refuse: (sentence: string) => void}}
 */
export function offerText(player, field) {
  const id = `gb-${field.name}`;
  const input = h("input", { type: "text", id, list: `${id}-list`, autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: 400, "aria-describedby": `${id}-wrong` });
  const wrong = h("p", { class: "gb-refusal", id: `${id}-wrong` }); // the player says it aloud
  const follows = field.adds ? [field.adds[0]] : []; // values that the text decides
  let asked = null; // the text that an answer is awaited to

  const refuse = (sentence) => {
    if (asked === null) return;
    setText(wrong, sentence);
    input.setAttribute("aria-invalid", "true");
  };
  const ask = async (values) => {
    const text = values[field.name] ?? player.payload.values[field.name];
    asked = text;
    await player.setValues({ ...atDefault(player, follows), ...values });
    if (asked === text) asked = null;
  };
  const read = () => {
    const text = input.value.trim();
    // Enter asks, and leaving the field asks too.
    if (text !== asked && text !== player.payload.values[field.name]) ask({ [field.name]: text });
  };
  const form = h(
    "form",
    { class: "gb-typed", onsubmit: (event) => (event.preventDefault(), read()) },
    input,
    h("button", { type: "submit", class: "gb-button" }, "Read"),
  );
  input.addEventListener("keydown", (event) => event.stopPropagation()); // the player's keys are other ones
  input.addEventListener("change", read);

  const chips = field.suggestions.slice(0, CHIPS).map((text) => wordButton(text, () => ask({ [field.name]: text }), { class: "gb-chip" }));
  const list = h("datalist", { id: `${id}-list` }, ...field.suggestions.map((text) => h("option", { value: text })));
  const known = h("details", { class: "gb-known" }, h("summary", {}, `The ${field.words.length} words that it knows`), h("p", {}, field.words.join(" ")));
  const more = field.adds ? adding(player, field, ask) : null;
  const element = h(
    "div",
    { class: "gb-field" },
    h("label", { class: "gb-title", for: id }, field.label),
    h("p", { class: "gb-quiet" }, field.about),
    form,
    wrong,
    h("div", { class: "gb-buttons" }, ...chips),
    more?.element,
    list,
    known,
  );
  return {
    element,
    refuse,
    follow: () => {
      const text = player.payload.values[field.name];
      if (document.activeElement !== input || asked !== null) input.value = text;
      setText(wrong, "");
      input.removeAttribute("aria-invalid");
      more?.follow();
    },
  };
}

/** The button that adds the word which was thrown, and one that throws again. */
function adding(player, field, ask) {
  const [next, dice] = field.adds;
  const add = wordButton("", () => {
    const { values } = player.payload;
    const text = `${values[field.name]} ${values[next]}`;
    ask({ [field.name]: text });
  }, { class: "gb-button is-main" });
  const again = wordButton("Throw again", () => ask({ [dice]: (player.payload.values[dice] + 1) % THROWS }));
  return {
    element: h("div", { class: "gb-buttons" }, add, again),
    follow: () => {
      const word = player.payload.values[next];
      setText(add, `Generate next: ${word}`);
    },
  };
}

/** These values as they are by themselves. */
function atDefault(player, names) {
  return Object.fromEntries(names.map((name) => [name, player.payload.defaults[name]]));
}
