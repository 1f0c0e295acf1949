// Controls for the inputs that are one of a few options, or a size, rather than a number in the graph: a row above
// the player. A change goes to the player itself, so that it shows at once.

/**
 * `when`: the choice that this one depends on, then the values of it at which it is offered.
 * @typedef {{name: string, about: string, options: {value: string|number, label: string}[], when?: string[]}} Choice
 */

const MOST_BUTTONS = 8; // more options than these fold into a list
const LONGEST_ROW = 64; // characters

const STYLE = `
.gradwalk-choices { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.3rem; margin-bottom: .55rem; font-size: .93rem; }
.gradwalk-choices fieldset { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem; border: 0; margin: 0; padding: 0; }
.gradwalk-choices fieldset[hidden] { display: none; }
.gradwalk-choices legend { float: left; margin-right: .35rem; opacity: .72; }
.gradwalk-choices label { padding: .22rem .7rem; border: 1px solid color-mix(in srgb, currentColor 18%, transparent);
  border-radius: 8px; cursor: pointer; }
.gradwalk-choices label:hover { border-color: color-mix(in srgb, currentColor 45%, transparent); }
.gradwalk-choices label:has(:checked) { border-color: currentColor; box-shadow: inset 0 0 0 1px currentColor; }
.gradwalk-choices label:has(:focus-visible) { outline: 2px solid Highlight; outline-offset: 2px; }
.gradwalk-choices input[type=radio] { position: absolute; opacity: 0; pointer-events: none; }
.gradwalk-choices select { font: inherit; color: inherit; background: transparent; padding: .22rem .5rem; border-radius: 8px;
  border: 1px solid color-mix(in srgb, currentColor 18%, transparent); max-width: 100%; }
.gradwalk-choices option { color: initial; }
.gradwalk-size { display: inline-flex; border: 1px solid color-mix(in srgb, currentColor 18%, transparent); border-radius: 8px; overflow: hidden; }
.gradwalk-size:hover, .gradwalk-size:focus-within { border-color: color-mix(in srgb, currentColor 45%, transparent); }
.gradwalk-size.is-refused { border-color: currentColor; border-style: dashed; }
.gradwalk-size :is(button, input) { font: inherit; color: inherit; background: none; border: 0; margin: 0; padding: .22rem 0; }
.gradwalk-size button { width: 1.75rem; cursor: pointer; }
.gradwalk-size button:hover:not(:disabled) { background: color-mix(in srgb, currentColor 9%, transparent); }
.gradwalk-size button:disabled { opacity: .3; cursor: default; }
.gradwalk-size input { width: 1.9rem; text-align: center; font-variant-numeric: tabular-nums; appearance: textfield; }
.gradwalk-size input::-webkit-inner-spin-button { appearance: none; }
.gradwalk-size :is(button, input):focus-visible { outline: 2px solid Highlight; outline-offset: -2px; }
.gradwalk-facts { margin-left: auto; opacity: .72; font-variant-numeric: tabular-nums; }
@media (pointer: coarse) { .gradwalk-size button { width: 2.4rem; padding-block: .45rem; } .gradwalk-size input { width: 2.2rem; } }
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
  let asked = 0;
  const choose = (name) => async (value) => {
    const mine = ++asked;
    const came = await player.setValues({ [name]: value });
    return came || mine !== asked; // a newer change carries this one along
  };
  const controls = choices.map((choice) => control(choice, choose(choice.name)));
  const facts = document.createElement("span");
  facts.className = "gradwalk-facts";
  row.append(...controls.map(({ element }) => element), facts);
  place.before(row);
  const follow = () => {
    const { values } = player.payload;
    controls.forEach(({ element, show }, i) => {
      const { name, when: [other, ...matters] = [] } = choices[i];
      element.hidden = other !== undefined && !matters.includes(values[other]);
      show(values[name]);
    });
    facts.textContent = inWords(player.payload.facts ?? {});
  };
  player.addEventListener("gw-change", follow);
  return follow;
}

/** What is counted, such as "16 parameters · 15 operations". */
function inWords(facts) {
  return Object.entries(facts)
    .map(([name, count]) => `${count.toLocaleString("en")} ${count === 1 ? name.replace(/s$/, "") : name}`)
    .join(" · ");
}

function control(choice, choose) {
  if (isSize(choice)) return stepper(choice, choose);
  const words = choice.options.reduce((length, { label }) => length + label.length + 4, 0);
  const few = choice.options.length <= MOST_BUTTONS && words <= LONGEST_ROW;
  return few ? buttons(choice, choose) : list(choice, choose);
}

/** Whether the options are whole numbers in a row, and nothing more is said about them. */
function isSize({ options }) {
  return options.every(({ value, label }, i) => Number.isInteger(value) && value === options[0].value + i && label === String(value));
}

function fieldset(choice) {
  const element = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.textContent = nameOf(choice);
  element.append(legend);
  return element;
}

/** A number between a button for less and a button for more. A size that is refused stays there, marked. */
function stepper(choice, choose) {
  const element = fieldset(choice);
  const low = choice.options[0].value;
  const high = choice.options.at(-1).value;
  const input = Object.assign(document.createElement("input"), { type: "number", min: String(low), max: String(high), step: "1" });
  input.setAttribute("aria-label", nameOf(choice));
  const less = turn("−", `Less: ${nameOf(choice)}`, () => go(Number(input.value) - 1));
  const more = turn("+", `More: ${nameOf(choice)}`, () => go(Number(input.value) + 1));
  const box = document.createElement("span");
  box.className = "gradwalk-size";
  box.append(less, input, more);
  element.append(box);
  let shown = low;
  const mark = (value, refused) => {
    input.value = String(value);
    box.classList.toggle("is-refused", refused);
    input.setAttribute("aria-invalid", String(refused));
    less.disabled = value <= low;
    more.disabled = value >= high;
  };
  const go = async (wanted) => {
    const value = Math.min(high, Math.max(low, Math.round(wanted)));
    mark(value, false);
    // From here a person steps on: past 3 heads, which do not divide 4, to 4.
    if (!(await choose(value))) mark(value, true);
  };
  input.addEventListener("change", () => (input.value.trim() === "" || input.validity.badInput ? mark(shown, false) : go(Number(input.value))));
  return {
    element,
    show: (value) => {
      shown = value;
      mark(value, false);
    },
  };
}

function turn(sign, name, act) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: sign });
  button.setAttribute("aria-label", name);
  button.addEventListener("click", act);
  return button;
}

function buttons(choice, choose) {
  const element = fieldset(choice);
  const group = `gradwalk-${choice.name}-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const inputs = choice.options.map(({ value, label }) => {
    const input = Object.assign(document.createElement("input"), { type: "radio", name: group });
    input.addEventListener("change", async () => (await choose(value)) || show(shown));
    const words = document.createElement("label");
    words.append(input, label);
    element.append(words);
    return input;
  });
  let shown = null;
  const show = (value) => {
    shown = value;
    inputs.forEach((input, i) => (input.checked = choice.options[i].value === value));
  };
  return { element, show };
}

function list(choice, choose) {
  const element = fieldset(choice);
  const select = document.createElement("select");
  select.setAttribute("aria-label", nameOf(choice));
  select.append(...choice.options.map(({ label }, i) => new Option(label, String(i))));
  let shown = null;
  const show = (value) => {
    shown = value;
    select.value = String(choice.options.findIndex((option) => option.value === value));
  };
  select.addEventListener("change", async () => (await choose(choice.options[Number(select.value)].value)) || show(shown));
  element.append(select);
  return { element, show };
}

function nameOf(choice) {
  return choice.about || choice.name;
}

function addStyle() {
  if (document.getElementById("gradwalk-choices")) return;
  document.head.append(Object.assign(document.createElement("style"), { id: "gradwalk-choices", textContent: STYLE }));
}
