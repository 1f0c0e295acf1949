/** How the player writes numbers: three significant digits; more of them are for the tooltip. */

/** @typedef {number|"nan"|"inf"|"-inf"|"?"} Cell "?": covered, until it has been predicted */

export const COVERED = "?";

/**
 * A number as the payload writes it, as JavaScript has it.
 * @param {Cell} cell
 * @returns {number}
 */
export function toNumber(cell) {
  if (typeof cell === "number") return cell;
  if (cell === "inf") return Infinity;
  return cell === "-inf" ? -Infinity : NaN;
}

/**
 * The short text of a number: `3.14`, `−0.5`, `1.23e4`, `NaN`, `∞`.
 * @param {Cell} cell
 * @param {number} [digits] significant digits
 * @returns {string}
 */
export function shortNumber(cell, digits = 3) {
  if (cell === COVERED) return COVERED;
  const x = toNumber(cell);
  if (Number.isNaN(x)) return "NaN";
  const sign = x < 0 ? "−" : "";
  const size = Math.abs(x);
  if (size === Infinity) return `${sign}∞`;
  if (size === 0) return "0";
  if (digits === 3 && size >= 999.5 && size < 9999.5) return sign + wholeNumber(size); // four digits, written whole
  const [mantissa, power] = rounded(size, digits);
  if (power >= 4 || power < -3) return `${sign}${Number(mantissa)}e${String(power).replace("-", "−")}`;
  return sign + Number(`${mantissa}e${power}`);
}

/** Rounded half to even, as Python rounds. */
function wholeNumber(size) {
  const floor = Math.floor(size);
  return size - floor === 0.5 ? floor + (floor % 2) : Math.round(size);
}

/** Mantissa (text) and exponent, rounded half to even as Python rounds. */
function rounded(size, digits) {
  let [mantissa, exponent] = size.toExponential(digits - 1).split("e");
  const [longer] = size.toExponential(digits).split("e");
  const tie = longer.endsWith("5") && Number(size.toExponential(60).split("e")[0].slice(digits + 2)) === 0;
  const odd = Number(mantissa.at(-1)) % 2 === 1;
  if (tie && odd) mantissa = longer.slice(0, -1); // the larger neighbour is odd, so the smaller is even
  return [mantissa, Number(exponent)];
}

/**
 * The number with up to seven significant digits: more are dust of the arithmetic to a reader.
 * @param {Cell} cell
 */
export function fullNumber(cell) {
  if (cell === COVERED) return COVERED;
  const x = toNumber(cell);
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x < 0 ? "−∞" : "∞";
  return String(Number(x.toPrecision(7))).replaceAll("-", "−").replace("e+", "e");
}

/**
 * A change: always with its sign.
 * @param {Cell} cell
 * @param {number} [digits]
 */
export function signedNumber(cell, digits = 4) {
  const text = shortNumber(cell, digits);
  return toNumber(cell) > 0 ? `+${text}` : text;
}

/** A comma that is a decimal point, as `0,5` in most of Europe; but 12,345 may be meant as twelve thousand. */
const DECIMAL_COMMA = /^-?(?![1-9]\d{0,2},\d{3}$)\d*,\d+$/;

/**
 * What a person typed, or null if it is no number, or could be two. Takes `−` for `-`, `0,5` for `0.5`, and `2/3`.
 * @param {string} text
 * @returns {number|null}
 */
export function parseNumber(text) {
  const typed = text.trim().replaceAll("−", "-").replace(/^\+/, "");
  const plain = DECIMAL_COMMA.test(typed) ? typed.replace(",", ".") : typed;
  const fraction = plain.match(/^(-?[\d.]+)\s*\/\s*(-?[\d.]+)$/);
  const x = fraction ? Number(fraction[1]) / Number(fraction[2]) : plain === "" ? NaN : Number(plain);
  return Number.isFinite(x) && /^[-\d.eE+/\s]+$/.test(plain) ? x : null;
}
