// The histogram of a score, and what another limit would mean for all frames.

const BINS = 80;
const HISTOGRAM = 190;

class Rule extends EventTarget {
  constructor(data, columns) {
    super();
    this.data = data;
    this.columns = columns;
    this.drawing = document.querySelector("#histogram .drawing");
    this.slider = document.getElementById("limit");
    this.number = document.getElementById("limit-number");
    this.back = document.getElementById("limit-back");
    this.slider.addEventListener("input", () => this.set(Number(this.slider.value)));
    this.number.addEventListener("input", () => {
      const { value, validity } = this.number;
      if (value !== "" && validity.valid) this.set(Number(value));
    });
    this.back.addEventListener("click", () => this.set(this.before));
    this.offer();
    this.take(data.score);
  }

  // In a comparison, any score may be chosen.
  offer() {
    const choice = document.getElementById("score");
    const names = Object.keys(this.data.labels).filter((name) => extent(this.columns[name]));
    if (this.data.kind === "frames" || names.length < 2) return;
    document.getElementById("score-choice").hidden = false;
    choice.append(...names.map((name) => new Option(this.data.labels[name], name)));
    choice.value = this.data.score;
    choice.addEventListener("change", () => this.take(choice.value));
  }

  take(score) {
    this.score = score;
    this.values = this.columns[score];
    const found = extent(this.values);
    document.getElementById("rule").hidden = !found;
    if (!found) return;
    const isSsim = score.includes("ssim");
    this.step = isSsim ? 0.001 : 0.01;
    this.before = this.data.limits[score] ?? percentile(this.values, 0.05);
    const room = isSsim ? 0.05 : 0.5;
    const lowest = Math.min(found[0], this.before - room);
    this.low = Math.floor(lowest / room) * room;
    this.high = isSsim ? 1 : Math.ceil(found[1] / room) * room;
    for (const input of [this.slider, this.number]) {
      input.min = this.low.toFixed(3);
      input.max = this.high.toFixed(3);
    }
    this.slider.step = this.step;
    this.number.step = "any";
    const label = this.data.labels[score];
    const isRule = this.data.kind === "frames";
    document.getElementById("limit-label").textContent = isRule
      ? `Threshold of ${label} (--min-ssim)`
      : `Limit of ${label}`;
    document.getElementById("legend-given").hidden = !(score in this.data.limits);
    this.back.textContent = `Back to ${shortened(this.before)}`;
    this.count();
    this.set(this.before);
  }

  count() {
    const bins = (isCounted) => {
      const counts = new Array(BINS).fill(0);
      const scale = BINS / (this.high - this.low);
      this.values.forEach((value, at) => {
        if (!Number.isFinite(value) || !isCounted(at)) return;
        counts[Math.min(Math.floor((value - this.low) * scale), BINS - 1)]++;
      });
      return counts;
    };
    const { kept } = this.columns;
    this.bins = { all: bins(() => true), kept: kept && bins((at) => kept[at] === 1) };
  }

  set(limit) {
    this.limit = limit;
    this.slider.value = limit;
    if (Number(this.number.value) !== limit) this.number.value = shortened(limit);
    this.back.disabled = limit === this.before;
    this.outcome = this.data.kind === "frames" ? this.ifThreshold() : this.ifLimit();
    document.getElementById("outcome").replaceChildren(...this.outcome.text);
    document.getElementById("caution").textContent = this.outcome.caution;
    this.redraw();
    this.dispatchEvent(new Event("limit"));
  }

  // As `vidsum report TABLE --min-ssim` estimates it: see estimate.py.
  ifThreshold() {
    const { values, limit, before, columns } = this;
    const { kept, reason } = columns;
    const { reasons } = this.data;
    const [change, same] = [reasons.indexOf("change"), reasons.indexOf("same")];
    const marks = new Int8Array(values.length);
    let [was, more, fewer, unknown] = [0, 0, 0, 0];
    for (let at = 0; at < values.length; at++) {
      const isKept = kept[at] === 1;
      was += isKept;
      if (reason[at] !== change && reason[at] !== same) continue;
      if (Number.isNaN(values[at])) unknown += !isKept && limit > before;
      else if (isKept && values[at] >= limit) fewer += -(marks[at] = -1);
      else if (!isKept && values[at] >= before && values[at] < limit) more += marks[at] = 1;
    }
    const now = was + more - fewer;
    const frames = values.length;
    const share = (count) => `${counted(count)} (${percent(count, frames)})`;
    const text =
      limit === before
        ? [`${shortened(limit)} keeps ${share(was)} of ${plural(frames, "frame")}, as it was run.`]
        : [
            `${shortened(limit)} keeps ${share(now)} of ${plural(frames, "frame")} instead of ` +
              `${share(was)}: `,
            coloured(`${counted(more)} more`, "is-more"),
            ", ",
            coloured(`${counted(fewer)} fewer`, "is-fewer"),
            ".",
          ];
    const cautions = [
      this.data.exact
        ? "Exact: what a frame is compared with does not depend on what is kept."
        : "An estimate: frames are compared with the last kept one, which would often be another.",
    ];
    if (unknown) {
      cautions.push(
        `${plural(unknown, "frame")} without a score stay as they are; vidsum report and ` +
          "--all-scores compute them all.");
    }
    return { text, caution: cautions.join(" "), marks, now };
  }

  ifLimit() {
    const { values, limit } = this;
    const marks = new Int8Array(values.length);
    let [below, first] = [0, -1];
    for (let at = 0; at < values.length; at++) {
      if (!(values[at] < limit)) continue;
      marks[at] = -1;
      below++;
      if (first < 0) first = at;
    }
    const label = this.data.labels[this.score];
    const where = first < 0 ? "" : `, the first at ${clock(this.columns.time[first])}`;
    const share = percent(below, values.length);
    const text =
      `${plural(below, "pair")} of ${counted(values.length)} (${share}) ` +
      `${below === 1 ? "is" : "are"} below ${label} ${shortened(limit)}${where}.`;
    return { text: [text], caution: "", marks, now: below };
  }

  redraw() {
    this.waiting ??= requestAnimationFrame(() => this.draw());
  }

  draw(width = this.drawing.clientWidth) {
    if (this.waiting) cancelAnimationFrame(this.waiting);
    this.waiting = null;
    if (!this.bins) return;
    const size = (this.high - this.low) / BINS;
    const x = Array.from({ length: BINS }, (_, at) => this.low + (at + 0.5) * size);
    const bars = (y, name) => ({
      type: "bar", x, y, width: size * 0.9, marker: { color: colour(name) }, hoverinfo: "skip",
    });
    const traces = [bars(this.bins.all, this.bins.kept ? "all" : "kept")];
    if (this.bins.kept) traces.push(bars(this.bins.kept, "kept"));
    const most = Math.log10(Math.max(...this.bins.all, 1)) + 0.15;
    const unit = this.data.kind === "frames" ? "frames" : "pairs";
    const isGiven = this.score in this.data.limits;
    const isOther = this.limit !== this.before || !isGiven;
    Plotly.react(
      this.drawing,
      traces,
      {
        ...layoutOf(HISTOGRAM, width),
        barmode: "overlay",
        xaxis: axisOf({
          range: [this.low, this.high + size / 4],
          title: { text: this.data.labels[this.score], standoff: 4 },
          showgrid: false,
        }),
        yaxis: axisOf({
          type: "log",
          range: [-0.2, most],
          dtick: 1,
          exponentformat: "none",
          title: { text: `${unit}, log`, font: { size: 12 } },
        }),
        shapes: [
          ...(isGiven ? [ruleOf("x", this.before, "limit", "5px,4px")] : []),
          ...(isOther ? [ruleOf("x", this.limit, "more", "solid")] : []),
        ],
        margin: { ...MARGIN, b: 40 },
      },
      { ...SETTINGS, staticPlot: true },
    );
  }
}

function coloured(text, name) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}

// A number with its digits, at most six.
const shortened = (number) => String(Number(number.toFixed(6)));

function percentile(values, share) {
  const sorted = values.filter(Number.isFinite).sort();
  return Number(sorted[Math.floor(share * (sorted.length - 1))].toFixed(3));
}
