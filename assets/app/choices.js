// Controls for the inputs that are one of a few options rather than a number, above the player.

/** @typedef {{name: string, about: string, options: {value: string|number, label: string}[]}} Choice */

const MOST_BUTTONS = 8; // more options than these fold into a list
const LONGEST_ROW = 64; // characters

const STYLE = `
.gradwalk-choices { display: flex; flex-wrap: wrap; gap: .6rem 1.6rem; margin-bottom: .55rem; font-size: .93rem; }
.gradwalk-choices fieldset { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem; border: 0; margin: 0; padding: 0; }
.gradwalk-choices legend { float: left; margin-right: .35rem; opacity: .72; }
.gradwalk-choices label { padding: .22rem .7rem; border: 1px solid color-mix(in srgb, currentColor 18%, transparent);
  border-radius: 8px; cursor: pointer; }
.gradwalk-choices label:hover { border-color: color-mix(in srgb, currentColor 45%, transparent); }
.gradwalk-choices label:has(:checked) { border-color: currentColor; box-shadow: inset 0 0 0 1px currentColor; }
.gradwalk-choices label:has(:focus-visible) { outline: 2px solid Highlight; outline-offset: 2px; }
.gradwalk-choices input { position: absolute; opacity: 0; pointer-events: none; }
.gradwalk-choices select { font: inherit; color: inherit; background: transparent; padding: .22rem .5rem; border-radius: 8px;
  border: 1px solid color-mix(in srgb, currentColor 18%, transparent); max-width: 100%; }
.gradwalk-choices option { color: initial; }
`;

/**
 * Puts a control for each of the player's choices before `place`, and keeps them at what the player shows.
 * Returns a function that brings them in line after the player's payload was set.
 * @param {HTMLElement} place the element of the player
 * @param {any} player the <gradwalk-player>
 * @param {Choice[]} choices
 * @returns {() => void}
 */
export function offerChoices(place, player, choices) {
  if (!choices.length || player.api === null) return () => {};
  addStyle();
  const row = document.createElement("div");
  row.className = "gradwalk-choices";
  const controls = choices.map((choice) => control(choice, (value) => player.setValues({ ...player.payload.values, [choice.name]: value })));
  row.append(...controls.map(({ element }) => element));
  place.before(row);
  const follow = () => controls.forEach(({ show }, i) => show(player.payload.values[choices[i].name]));
  player.addEventListener("gw-change", follow);
  return follow;
}

function control(choice, choose) {
  const words = choice.options.reduce((length, { label }) => length + label.length + 4, 0);
  const few = choice.options.length <= MOST_BUTTONS && words <= LONGEST_ROW;
  return few ? buttons(choice, choose) : list(choice, choose);
}

function buttons(choice, choose) {
  const element = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.textContent = nameOf(choice);
  element.append(legend);
  const group = `gradwalk-${choice.name}-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const inputs = choice.options.map(({ value, label }) => {
    const input = Object.assign(document.createElement("input"), { type: "radio", name: group });
    input.addEventListener("change", () => choose(value));
    const words = document.createElement("label");
    words.append(input, label);
    element.append(words);
    return input;
  });
  return { element, show: (value) => inputs.forEach((input, i) => (input.checked = choice.options[i].value === value)) };
}

function list(choice, choose) {
  const element = document.createElement("fieldset");
  const select = document.createElement("select");
  select.setAttribute("aria-label", nameOf(choice));
  select.append(...choice.options.map(({ label }, i) => new Option(label, String(i))));
  select.addEventListener("change", () => choose(choice.options[Number(select.value)].value));
  const legend = document.createElement("legend");
  legend.textContent = nameOf(choice);
  element.append(legend, select);
  return { element, show: (value) => (select.value = String(choice.options.findIndex((option) => option.value === value))) };
}

function nameOf(choice) {
  return choice.about || choice.name;
}

function addStyle() {
  if (document.getElementById("gradwalk-choices")) return;
  document.head.append(Object.assign(document.createElement("style"), { id: "gradwalk-choices", textContent: STYLE }));
}
