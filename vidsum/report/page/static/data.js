// The data of the page, unpacked: a column is an array with a number for every frame.

const MISSING = -(2 ** 31);
const INFINITE = 2 ** 31 - 1;

async function inflated(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Differences of whole numbers that count from `base`, their lowest bytes first: see numbers.py.
async function unpacked({ steps, base, data }) {
  const bytes = await inflated(data);
  const length = bytes.length / 4;
  const values = new Float64Array(length);
  let value = 0;
  for (let at = 0; at < length; at++) {
    const high = (bytes[at + 2 * length] << 16) | (bytes[at + 3 * length] << 24);
    value = (value + (bytes[at] | (bytes[at + length] << 8) | high)) | 0;
    values[at] = value === MISSING ? NaN : value === INFINITE ? Infinity : (base + value) / steps;
  }
  return values;
}

async function allUnpacked(columns) {
  const names = Object.keys(columns);
  const values = await Promise.all(names.map((name) => unpacked(columns[name])));
  return Object.fromEntries(names.map((name, at) => [name, values[at]]));
}

// How many of the sorted `values` are below `bound`.
function countBelow(values, bound) {
  let [first, last] = [0, values.length];
  while (first < last) {
    const middle = (first + last) >> 1;
    if (values[middle] < bound) first = middle + 1;
    else last = middle;
  }
  return first;
}

function nearest(values, value) {
  const after = Math.min(countBelow(values, value), values.length - 1);
  const before = Math.max(after - 1, 0);
  return value - values[before] <= values[after] - value ? before : after;
}

function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}

// HH:MM:SS.mmm, as for --start and --end.
function clock(seconds, digits = 3) {
  const units = Math.round(Math.abs(seconds) * 10 ** digits);
  const whole = Math.floor(units / 10 ** digits);
  const two = (number) => String(number).padStart(2, "0");
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map(two);
  const rest = digits ? "." + String(units % 10 ** digits).padStart(digits, "0") : "";
  return (seconds < 0 ? "-" : "") + parts.join(":") + rest;
}

const counted = (number) => number.toLocaleString("en");
const plural = (number, word) => `${counted(number)} ${word}${number === 1 ? "" : "s"}`;
const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(2)} %` : "–");

function scoreText(value) {
  if (Number.isNaN(value)) return "not computed";
  if (value === Infinity) return "identical";
  return value.toFixed(Math.abs(value) < 2 ? 4 : 2);
}
