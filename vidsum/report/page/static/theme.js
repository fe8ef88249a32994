// Colours and settings of the library's drawings, from the style of the page.

const MARGIN = { l: 76, r: 14, t: 8, b: 32 };
const SETTINGS = { displayModeBar: false, doubleClick: false, showTips: false, responsive: false };

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// The planes of a picture have their colours in all panels; other scores by their order in one.
function seriesName(score, order) {
  const plane = ["_y", "_u", "_v"].findIndex((ending) => score.endsWith(ending));
  return `series-${plane < 0 ? order % 4 : plane + 1}`;
}

function layoutOf(height, width) {
  return {
    width,
    height,
    margin: MARGIN,
    showlegend: false,
    hovermode: false,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("quiet") },
  };
}

function axisOf(extra) {
  return {
    gridcolor: colour("line"),
    linecolor: colour("line"),
    zeroline: false,
    fixedrange: true,
    ...extra,
  };
}

// A line across a panel, or up and down through it.
function ruleOf(axis, at, name, dash) {
  const line = { color: colour(name), width: 1.5, dash };
  if (axis === "x") return { type: "line", x0: at, x1: at, yref: "paper", y0: 0, y1: 1, line };
  return { type: "line", xref: "paper", x0: 0, x1: 1, yref: axis, y0: at, y1: at, line };
}
