// The videos themselves, at the locations they had when the page was written. A player appears
// once its video has loaded.

class Players extends EventTarget {
  constructor(described, times, columns) {
    super();
    this.element = document.getElementById("players");
    this.times = times;
    this.players = described.map((player) => ({ ...player, own: columns[player.column] }));
    for (const player of this.players) this.build(player);
  }

  build(player) {
    const video = document.createElement("video");
    Object.assign(video, { controls: true, muted: true, preload: "metadata", playsInline: true });
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.textContent = player.label;
    figure.append(video, caption);
    figure.hidden = true;
    this.element.append(figure);
    player.video = video;
    video.setAttribute("aria-label", player.label || "The recording");
    video.addEventListener("loadedmetadata", () => {
      this.element.hidden = figure.hidden = false;
      if (player.wanted !== undefined) video.currentTime = player.wanted;
      this.dispatchEvent(new Event("ready"));
    });
    video.addEventListener("timeupdate", () => {
      if (player === this.leading && !video.paused) {
        this.time = this.recordingTime(player, video.currentTime);
        this.dispatchEvent(new Event("time"));
      }
    });
    video.addEventListener("error", () => (figure.hidden = true));
    this.load(player, player.tracks[0]);
  }

  get ready() {
    return this.players.filter(({ video }) => video.readyState > 0);
  }

  get leading() {
    return this.ready[0];
  }

  load(player, track) {
    player.track = track;
    player.video.src = track.address;
  }

  // Where in its video a player shows a time of the recording.
  ownTime(player, time) {
    return player.own ? player.own[nearest(this.times, time)] : time + player.track.shift;
  }

  recordingTime(player, own) {
    return player.own ? this.times[nearest(player.own, own)] : own - player.track.shift;
  }

  seek(time, { play = false } = {}) {
    for (const player of this.players) {
      const track = player.tracks.findLast(({ begin }) => begin <= time + 1e-3) ?? player.tracks[0];
      if (track !== player.track) this.load(player, track);
      player.wanted = this.ownTime(player, time);
      if (player.video.readyState > 0) player.video.currentTime = player.wanted;
      if (play && !player.video.error) player.video.play().catch(() => {});
    }
  }

  toggle() {
    const isPlaying = this.leading && !this.leading.video.paused;
    for (const { video } of this.ready) isPlaying ? video.pause() : video.play().catch(() => {});
  }
}
