// Everything together: the timeline, its keys and buttons, the moments and the rule.

// Between the margins of A4 and Letter, in pixels.
const PAPER = 680;

async function main() {
  const text = (id) => document.getElementById(id).textContent;
  const data = JSON.parse(text("data"));
  const library = document.createElement("script");
  library.textContent = new TextDecoder().decode(await inflated(text("library")));
  document.head.append(library);
  const columns = await allUnpacked(data.columns);
  if (columns.time.length) begin(data, columns);
  else for (const id of ["over-time", "rule"]) document.getElementById(id).hidden = true;
  document.documentElement.dataset.ready = "";
}

function begin(data, columns) {
  const timeline = new Timeline(document.getElementById("timeline"), data, columns);
  const cursor = new Cursor(timeline, picturesOf(data));
  const rule = new Rule(data, columns);
  const players = new Players(data.players, columns.time, columns);

  const applyLimit = () => {
    const isGiven = rule.score in data.limits && rule.limit === rule.before;
    timeline.alternative = isGiven ? null : (rule.outcome?.marks ?? null);
    timeline.limit = isGiven ? null : { score: rule.score, value: rule.limit };
    timeline.redraw();
  };
  rule.addEventListener("limit", applyLimit);
  applyLimit();
  drawAll(timeline, rule);
  offerSeries(timeline);
  listenToButtons(timeline);
  listenToMoments(timeline, cursor, players);
  listenToKeys(timeline, cursor, players);
  cursor.addEventListener("choose", () => players.seek(columns.time[cursor.chosen]));
  players.addEventListener("ready", () => (document.getElementById("play-key").hidden = false));
  players.addEventListener("time", () => {
    cursor.choose(nearest(columns.time, players.time), { quietly: true });
  });
  redrawWhenNeeded(timeline, rule);
}

function drawAll(timeline, rule, width) {
  timeline.draw(width);
  rule.draw(width);
}

function redrawWhenNeeded(timeline, rule) {
  new ResizeObserver(() => {
    if (timeline.element.clientWidth !== timeline.width) {
      timeline.redraw();
      rule.redraw();
    }
  }).observe(timeline.element);
  const redraw = () => drawAll(timeline, rule);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  // Paper is white, and narrower. Drawings don't follow the style by themselves.
  const { classList } = document.documentElement;
  addEventListener("beforeprint", () => {
    classList.add("paper");
    drawAll(timeline, rule, PAPER);
  });
  addEventListener("afterprint", () => {
    classList.remove("paper");
    redraw();
  });
}

// The pictures of the moments, and those that belong to none.
function picturesOf(data) {
  const shown = [...document.querySelectorAll(".moments img")].map((image) => ({
    time: Number(image.dataset.time),
    address: image.src,
  }));
  const others = data.pictures.map(([time, address]) => ({ time, address }));
  return [...shown, ...others].sort((one, other) => one.time - other.time);
}

function offerSeries(timeline) {
  for (const panel of timeline.data.panels) {
    panel.series.forEach((name, order) => {
      const label = document.createElement("label");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = true;
      const swatch = document.createElement("span");
      swatch.className = "swatch";
      swatch.style.background = `var(--${seriesName(name, order)})`;
      label.append(box, swatch, timeline.data.labels[name]);
      box.addEventListener("change", () => {
        if (box.checked) timeline.hidden.delete(name);
        else timeline.hidden.add(name);
        timeline.redraw();
      });
      document.getElementById("series").append(label);
    });
  }
}

function listenToButtons(timeline) {
  const on = (id, act) => document.getElementById(id).addEventListener("click", act);
  on("zoom-in", () => timeline.zoom(0.5));
  on("zoom-out", () => timeline.zoom(2));
  on("zoom-all", () => timeline.showAll());
}

function listenToMoments(timeline, cursor, players) {
  const buttons = [...document.querySelectorAll(".moments button")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const [time, end] = [Number(button.dataset.time), Number(button.dataset.end)];
      const room = Math.max((end - time) * 0.5, 2);
      timeline.show(time - room, end + room);
      cursor.choose(nearest(timeline.times, time), { quietly: true });
      players.seek(time, { play: true });
      timeline.element.scrollIntoView({ block: "center", behavior: "smooth" });
    });
  }
  const mark = () => {
    const time = timeline.times[cursor.chosen];
    for (const button of buttons) {
      const { dataset } = button;
      const isHere = time >= dataset.time - timeline.step && time <= Number(dataset.end) + 1e-3;
      button.setAttribute("aria-current", isHere);
    }
  };
  timeline.addEventListener("view", () => cursor.chosen !== null && mark());
  cursor.addEventListener("choose", mark);
}

function listenToKeys(timeline, cursor, players) {
  const { data, times } = timeline;
  const starts = [
    ...data.events.map(([from]) => from),
    ...(data.marks ?? []).flatMap((mark) => mark.times),
    ...[...document.querySelectorAll(".moments button")].map((one) => Number(one.dataset.time)),
  ].sort((one, other) => one - other);
  const here = () => cursor.chosen ?? nearest(times, (timeline.view[0] + timeline.view[1]) / 2);
  const pan = (share) => {
    const [from, to] = timeline.view;
    timeline.show(from + share * (to - from), to + share * (to - from));
  };
  const go = (time) => time !== undefined && cursor.choose(nearest(times, time));
  const keys = {
    ArrowLeft: () => cursor.choose(here() - 1),
    ArrowRight: () => cursor.choose(here() + 1),
    "Shift+ArrowLeft": () => pan(-0.1),
    "Shift+ArrowRight": () => pan(0.1),
    PageUp: () => pan(-1),
    PageDown: () => pan(1),
    "+": () => timeline.zoom(0.5, times[here()]),
    "-": () => timeline.zoom(2, times[here()]),
    0: () => timeline.showAll(),
    Home: () => cursor.choose(0),
    End: () => cursor.choose(times.length - 1),
    n: () => go(starts.find((start) => start > times[here()] + timeline.step / 2)),
    p: () => go(starts.findLast((start) => start < times[here()] - timeline.step / 2)),
    " ": () => players.toggle(),
  };
  timeline.element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const isShifted = event.shiftKey && event.key.startsWith("Arrow");
    const key = { "=": "+", "−": "-", N: "n", P: "p" }[event.key] ?? event.key;
    const act = keys[(isShifted ? "Shift+" : "") + key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

main();
