// The frame under the pointer, and the one chosen by a click, a key or a moment.

class Cursor extends EventTarget {
  constructor(timeline, pictures) {
    super();
    this.timeline = timeline;
    this.pictures = pictures;
    this.pictureTimes = pictures.map(({ time }) => time);
    this.element = timeline.element;
    this.line = this.element.querySelector(".cursor");
    this.tip = this.element.querySelector(".tip");
    this.readout = document.getElementById("readout");
    this.chosen = null;
    timeline.addEventListener("view", () => this.place());
    const element = this.element;
    element.addEventListener("pointermove", (event) => this.hover(event));
    element.addEventListener("pointerleave", () => this.leave());
    element.addEventListener("pointerdown", (event) => (this.pressed = event.clientX));
    element.addEventListener("click", (event) => this.click(event));
    element.addEventListener("wheel", (event) => this.turn(event), { passive: false });
  }

  // The frame at a column of pixels: if several, the one with the lowest score, which is drawn.
  frameAt(position) {
    const { timeline } = this;
    const { times } = timeline;
    const time = timeline.timeAt(position);
    const half = timeline.span / timeline.plotWidth / 2;
    const first = countBelow(times, time - half);
    const last = countBelow(times, time + half);
    const scores = timeline.columns[timeline.data.score];
    let found = nearest(times, time);
    if (last - first > 1) {
      for (let at = first; at < last; at++) {
        if (scores[at] < scores[found] || Number.isNaN(scores[found])) found = at;
      }
    }
    return found;
  }

  positionOf(event) {
    return event.clientX - this.element.getBoundingClientRect().left;
  }

  isInside(position) {
    return position >= MARGIN.l && position <= this.timeline.width - MARGIN.r;
  }

  hover(event) {
    const position = this.positionOf(event);
    if (event.buttons || event.pointerType === "touch" || !this.isInside(position)) {
      return this.leave();
    }
    const at = this.frameAt(position);
    this.line.hidden = false;
    this.line.style.left = `${position}px`;
    this.tell(at, position);
  }

  leave() {
    this.tip.hidden = true;
    this.place();
  }

  click(event) {
    const position = this.positionOf(event);
    if (Math.abs(event.clientX - this.pressed) > 3 || !this.isInside(position)) return;
    this.choose(this.frameAt(position));
  }

  turn(event) {
    const { timeline } = this;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const factor = Math.exp(Math.max(-0.4, Math.min(0.4, event.deltaY / 200)));
      timeline.zoom(factor, timeline.timeAt(this.positionOf(event)));
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      const pixels = event.deltaX || event.deltaY;
      const by = (pixels / timeline.plotWidth) * timeline.span;
      timeline.show(timeline.view[0] + by, timeline.view[1] + by);
    }
  }

  choose(at, { quietly = false } = {}) {
    const { timeline } = this;
    this.chosen = Math.min(Math.max(at, 0), timeline.times.length - 1);
    timeline.reveal(timeline.times[this.chosen]);
    const facts = this.facts(this.chosen).map(([name, value]) =>
      name === "decision" ? value : `${name} ${value}`);
    this.readout.textContent = [clock(timeline.times[this.chosen]), ...facts].join("  ·  ");
    this.place();
    if (!quietly) this.dispatchEvent(new Event("choose"));
  }

  place() {
    const { timeline } = this;
    const position = this.chosen === null ? -1 : timeline.position(timeline.times[this.chosen]);
    this.line.hidden = !this.isInside(position);
    this.line.style.left = `${position}px`;
  }

  facts(at) {
    const { columns, data } = this.timeline;
    const facts = [["frame", counted(columns.frame[at])]];
    for (const [name, label] of Object.entries(data.labels)) {
      if (columns[name]) facts.push([label, scoreText(columns[name][at])]);
    }
    const has = (name) => columns[name] && !Number.isNaN(columns[name][at]);
    if (columns.kept) {
      const reason = data.reasons[columns.reason[at]];
      facts.push(["decision", `${columns.kept[at] ? "kept" : "dropped"} (${reason})`]);
    }
    if (has("reference")) facts.push(["against frame", counted(columns.reference[at])]);
    if (has("output_frame")) facts.push(["output frame", counted(columns.output_frame[at])]);
    if (has("distorted_frame")) facts.push(["copy's frame", counted(columns.distorted_frame[at])]);
    if (has("x")) facts.push(["worst at", `${columns.x[at]}, ${columns.y[at]}`]);
    return facts;
  }

  tell(at, position) {
    const { tip, timeline } = this;
    const time = timeline.times[at];
    const [image, caption, list] = tip.children;
    const picture = this.pictures[nearest(this.pictureTimes, time)];
    image.hidden = !picture;
    if (picture && image.src !== picture.address) image.src = picture.address;
    const isOther = picture && Math.abs(picture.time - time) > 2 * timeline.step;
    caption.textContent = isOther ? `picture of ${clock(picture.time)}` : "";
    caption.hidden = !isOther;
    const entries = [["time", clock(time)], ...this.facts(at)];
    list.replaceChildren(
      ...entries.flatMap(([name, value]) => {
        const [term, text] = [document.createElement("dt"), document.createElement("dd")];
        term.textContent = name;
        text.textContent = value;
        return [term, text];
      }),
    );
    tip.hidden = false;
    const left = position + 14 + tip.offsetWidth < timeline.width;
    tip.style.left = `${Math.max(0, left ? position + 14 : position - 14 - tip.offsetWidth)}px`;
  }
}
