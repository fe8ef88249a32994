// Frames reduced to what can be drawn: `size` of them at a time, from `first` up to `last`.

// A line through all frames or, if many, through the lowest and highest of every few: no peak is
// lost. It is broken where frames or their scores are missing for longer than `gap` seconds;
// frames between two such breaks are points.
function curveOf(times, values, { first, last, size, gap, least }) {
  const [x, y] = [[], []];
  const alone = { x: [], y: [] };
  let before = -Infinity;
  let run = 0;
  const put = (at) => {
    x.push(times[at]);
    y.push(Math.max(values[at], least));
    run++;
  };
  const cut = () => {
    if (run === 1) {
      alone.x.push(x.at(-1));
      alone.y.push(y.at(-1));
    }
    if (run) {
      x.push(null);
      y.push(null);
    }
    run = 0;
  };
  for (let start = first; start < last; start += size) {
    const [low, high] = lowestAndHighest(values, start, Math.min(start + size, values.length));
    const [one, other] = low < high ? [low, high] : [high, low];
    if (low < 0 || times[one] - before > gap) cut();
    if (low < 0) continue;
    put(one);
    if (one !== other) put(other);
    before = times[other];
  }
  cut();
  return { x, y, alone };
}

// Where they are, from `first` up to `last`; -1 where no score is finite.
function lowestAndHighest(values, first, last) {
  let [low, high] = [-1, -1];
  for (let at = first; at < last; at++) {
    if (!Number.isFinite(values[at])) continue;
    if (low < 0 || values[at] < values[low]) low = at;
    if (high < 0 || values[at] > values[high]) high = at;
  }
  return [low, high];
}

// Times of marked frames, one of every few.
function markedTimes(times, isMarked, { first, last, size }) {
  const marked = [];
  for (let start = first; start < last; start += size) {
    for (let at = start; at < Math.min(start + size, times.length); at++) {
      if (!isMarked(at)) continue;
      marked.push(times[at]);
      break;
    }
  }
  return marked;
}

// Upright strokes in a row of the strips.
function strokesAt(times, row) {
  return {
    x: times.flatMap((time) => [time, time, null]),
    y: times.flatMap(() => [row - 0.34, row + 0.34, null]),
  };
}

function medianStep(times) {
  const steps = new Float64Array(Math.max(times.length - 1, 0));
  for (let at = 0; at < steps.length; at++) steps[at] = times[at + 1] - times[at];
  return steps.sort()[steps.length >> 1] ?? 0;
}
