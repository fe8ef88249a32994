// Scores over time, above strips of marks.

const PANEL = 130;
const FIRST_PANEL = 200;
const STRIP = 22;
const GAP = 14;
const LEAST_LOG = 0.01;
const MOST_SHADES = 150;
const STEPS = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
  14400, 43200, 86400, 172800, 604800,
];

class Timeline extends EventTarget {
  constructor(element, data, columns) {
    super();
    this.element = element;
    this.drawing = element.querySelector(".drawing");
    this.data = data;
    this.columns = columns;
    this.times = columns.time;
    this.step = medianStep(this.times);
    // Frames without a partner may come before the first pair, and after the last.
    const marked = (data.marks ?? []).flatMap(({ times }) => [times[0], times.at(-1)]);
    this.begin = Math.min(this.times[0], ...marked);
    this.end = Math.max(this.times.at(-1), ...marked) + (this.step || 1);
    this.view = [this.begin, this.end];
    this.hidden = new Set();
    this.alternative = null;
    this.limit = null;
    this.width = 0;
    this.rows = this.strips();
    this.limits = data.panels.map((panel) => this.panelRange(panel));
  }

  get span() {
    return this.view[1] - this.view[0];
  }

  get plotWidth() {
    return Math.max(1, this.width - MARGIN.l - MARGIN.r);
  }

  // Show these times, clipped to the recording.
  show(from, to) {
    const least = Math.min(10 * (this.step || 1), this.end - this.begin);
    const span = Math.min(Math.max(to - from, least), this.end - this.begin);
    const middle = (from + to) / 2;
    const begin = Math.min(Math.max(middle - span / 2, this.begin), this.end - span);
    this.view = [begin, begin + span];
    this.redraw();
  }

  showAll() {
    this.show(this.begin, this.end);
  }

  zoom(factor, centre = (this.view[0] + this.view[1]) / 2) {
    const share = (centre - this.view[0]) / this.span;
    const span = Math.min(this.span * factor, this.end - this.begin);
    this.show(centre - share * span, centre + (1 - share) * span);
  }

  // Scroll until a time is in view, and not at its very edge.
  reveal(time) {
    const room = this.span * 0.05;
    if (time < this.view[0] + room) this.show(time - room, time - room + this.span);
    else if (time > this.view[1] - room) this.show(time + room - this.span, time + room);
  }

  position(time) {
    return MARGIN.l + ((time - this.view[0]) / this.span) * this.plotWidth;
  }

  timeAt(position) {
    return this.view[0] + ((position - MARGIN.l) / this.plotWidth) * this.span;
  }

  redraw() {
    this.waiting ??= requestAnimationFrame(() => this.draw());
  }

  draw(width = this.element.clientWidth) {
    if (this.waiting) cancelAnimationFrame(this.waiting);
    this.waiting = null;
    this.width = width;
    Plotly.react(this.drawing, this.traces(), this.layout(), SETTINGS);
    if (!this.listening) this.listen();
    this.dispatchEvent(new Event("view"));
  }

  listen() {
    this.listening = true;
    const take = (change) => {
      const from = change["xaxis.range[0]"];
      if (from === undefined) return false;
      this.view = [from, change["xaxis.range[1]"]];
      return true;
    };
    this.drawing.on("plotly_relayouting", (change) => {
      if (take(change)) this.dispatchEvent(new Event("view"));
    });
    this.drawing.on("plotly_relayout", (change) => {
      if (take(change)) this.show(...this.view);
    });
    // The library doesn't pass on the double click itself.
    this.drawing.on("plotly_doubleclick", () => this.showAll());
  }

  traces() {
    // As much again on both sides, for dragging into view.
    const first = Math.max(0, countBelow(this.times, this.view[0] - this.span) - 1);
    const last = Math.min(
      this.times.length, countBelow(this.times, this.view[1] + this.span) + 1);
    const seen = countBelow(this.times, this.view[1]) - countBelow(this.times, this.view[0]);
    const size = 2 ** Math.max(0, Math.ceil(Math.log2(seen / this.plotWidth)));
    this.drawn = { first: first - (first % size), last, size, gap: 2.5 * this.step * size };
    const traces = [];
    this.data.panels.forEach((panel, index) => {
      // The first one stands out: it is drawn last.
      [...panel.series.entries()].reverse().forEach(([order, name]) => {
        if (this.hidden.has(name)) return;
        const least = panel.log ? LEAST_LOG : -Infinity;
        const curve = curveOf(this.times, this.columns[name], { ...this.drawn, least });
        const look = { xaxis: "x", yaxis: axisName(index), hoverinfo: "skip" };
        const paint = colour(seriesName(name, order));
        const line = { color: paint, width: order ? 1 : 1.4, simplify: false };
        traces.push({ ...look, mode: "lines", x: curve.x, y: curve.y, line });
        const marker = { color: paint, size: 3 };
        if (curve.alone.x.length) traces.push({ ...look, mode: "markers", ...curve.alone, marker });
      });
    });
    const rowAxis = axisName(this.data.panels.length);
    this.rows.forEach((row, index) => {
      for (const { x, y, name, width } of row.marks(this.rows.length - 1 - index)) {
        const line = { color: colour(name), width, simplify: false };
        traces.push({ xaxis: "x", yaxis: rowAxis, hoverinfo: "skip", mode: "lines", x, y, line });
      }
    });
    return traces;
  }

  strokes(isMarked, row, name) {
    const frame = (this.plotWidth * this.step) / this.span;
    const width = Math.min(Math.max(frame * 0.8, 1.2), 10);
    return { ...strokesAt(markedTimes(this.times, isMarked, this.drawn), row), name, width };
  }

  strips() {
    const { data, columns } = this;
    const rows = [];
    if (data.events.length) {
      rows.push({ label: "events", marks: (row) => [this.bars(data.events, row, "event")] });
    }
    if (columns.kept) {
      const marks = (row) => [this.strokes((at) => columns.kept[at] === 1, row, "kept")];
      rows.push({ label: "kept", marks });
    }
    for (const { label, times } of data.marks ?? []) {
      const name = { dropped: "fewer", repeated: "event", inserted: "series-3" }[label] ?? "quiet";
      rows.push({ label, marks: (row) => [{ ...strokesAt(times, row), name, width: 1.6 }] });
    }
    const marks = (row) => {
      if (!this.alternative) return [];
      const are = (kind) => (at) => this.alternative[at] === kind;
      return [this.strokes(are(1), row, "more"), this.strokes(are(-1), row, "fewer")];
    };
    rows.push({ label: columns.kept ? "what if" : "below", marks });
    return rows;
  }

  bars(spans, row, name) {
    const least = (2 * this.span) / this.plotWidth;
    const x = [];
    const y = [];
    for (const [from, to] of spans) {
      x.push(from, Math.max(to, from + least), null);
      y.push(row, row, null);
    }
    return { x, y, name, width: 12 };
  }

  layout() {
    const panels = this.data.panels;
    const strips = this.rows.length * STRIP;
    const inner = FIRST_PANEL + (PANEL + GAP) * (panels.length - 1) + GAP + strips;
    const height = inner + MARGIN.t + MARGIN.b;
    const layout = layoutOf(height, this.width);
    let top = 1;
    const below = (pixels) => {
      const domain = [Math.max(0, top - pixels / inner), top];
      top = domain[0] - GAP / inner;
      return domain;
    };
    panels.forEach((panel, index) => {
      layout[axisKey(index)] = axisOf({
        domain: below(index ? PANEL : FIRST_PANEL),
        title: { text: panel.title, font: { size: 12 } },
        type: panel.log ? "log" : "linear",
        range: this.limits[index],
        nticks: index ? 5 : 7,
        dtick: panel.log ? 1 : undefined,
        exponentformat: "none",
      });
    });
    layout[axisKey(panels.length)] = axisOf({
      domain: [0, strips / inner],
      range: [-0.5, this.rows.length - 0.5],
      tickvals: this.rows.map((_, index) => this.rows.length - 1 - index),
      ticktext: this.rows.map((row) => row.label),
      showgrid: false,
      ticklabelstandoff: 8,
    });
    layout.xaxis = axisOf({
      anchor: axisName(panels.length),
      range: this.view,
      minallowed: this.begin,
      maxallowed: this.end,
      fixedrange: false,
      tickmode: "array",
      ...this.ticks(),
    });
    layout.dragmode = "pan";
    layout.shapes = this.shapes();
    return layout;
  }

  ticks() {
    const across = Math.max(2, this.plotWidth / 100);
    const step = STEPS.find((length) => this.span / length <= across) ?? STEPS.at(-1);
    const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
    const from = Math.max(this.begin, this.view[0] - this.span);
    const to = Math.min(this.end, this.view[1] + this.span);
    const tickvals = [];
    for (let at = Math.ceil(from / step); at * step <= to; at++) tickvals.push(at * step);
    return { tickvals, ticktext: tickvals.map((time) => clock(time, digits)) };
  }

  shapes() {
    const { panels, limits, events, score } = this.data;
    const shapes = [];
    panels.forEach((panel, index) => {
      for (const name of panel.series) {
        if (this.hidden.has(name)) continue;
        if (name in limits) shapes.push(ruleOf(axisName(index), limits[name], "limit", "5px,4px"));
        const isOther = this.limit !== null && this.limit.score === name;
        if (isOther) shapes.push(ruleOf(axisName(index), this.limit.value, "more", "solid"));
      }
    });
    const near = events.filter(([from, to]) => to >= this.view[0] && from <= this.view[1]);
    if (near.length <= MOST_SHADES) {
      const high = { type: "rect", yref: "paper", y0: 0, y1: 1, layer: "below" };
      const fill = { fillcolor: colour("event"), opacity: 0.12, line: { width: 0 } };
      for (const [x0, x1] of near) shapes.push({ ...high, ...fill, x0, x1 });
    }
    return shapes;
  }

  panelRange(panel) {
    const ranges = panel.series.map((name) => extent(this.columns[name])).filter(Boolean);
    if (!ranges.length) return panel.log ? [-2, 0] : [0, 1];
    let low = Math.min(...ranges.map(([least]) => least));
    let high = Math.max(...ranges.map(([, most]) => most));
    if (panel.log) {
      const powers = [low, high].map((value) => Math.log10(Math.max(value, LEAST_LOG)));
      return [powers[0] - 0.1, powers[1] + 0.15];
    }
    for (const name of panel.series) low = Math.min(low, this.data.limits[name] ?? low);
    high = panel.top ?? high;
    const room = Math.max(0.05 * (high - low), 1e-3);
    return [low - room, high + (panel.top ? 0.4 : 1) * room];
  }
}

const axisName = (index) => (index ? `y${index + 1}` : "y");
const axisKey = (index) => (index ? `yaxis${index + 1}` : "yaxis");
