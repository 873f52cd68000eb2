// Plays the recorded moments over a picture that is already drawn: all of it runs in the page, nothing asks the kernel.

const STEP_MS = 900;

const STYLE = `
.ecslab-player { font: 13px var(--jp-ui-font-family, system-ui, sans-serif); color: var(--jp-ui-font-color1, inherit); max-width: 960px; }
.ecslab-player svg { width: 100%; height: auto; display: block; }
.ecslab-player .bar { display: flex; gap: 6px; align-items: center; padding: 6px 0; }
.ecslab-player button { font: inherit; min-width: 34px; padding: 3px 8px; border-radius: 4px; cursor: pointer;
  color: var(--jp-ui-font-color1, #222); background: var(--jp-layout-color2, #eee); border: 1px solid var(--jp-border-color1, #999); }
.ecslab-player button:focus-visible, .ecslab-player input:focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2); }
.ecslab-player input { flex: 1; accent-color: var(--jp-brand-color1, #1976d2); }
.ecslab-player .when { min-width: 70px; text-align: right; font-variant-numeric: tabular-nums; }
.ecslab-player ul { margin: 0; padding-left: 18px; min-height: 84px; line-height: 1.4; }
`;

function make(parent, tag, properties = {}) {
  const node = Object.assign(document.createElement(tag), properties);
  parent.append(node);
  return node;
}

function shape(svg, tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  svg.append(node);
  return node;
}

function render({ model, el }) {
  const { moments, right, top, bottom } = model.get("recording");
  const root = make(el, "div", { className: "ecslab-player" });
  make(root, "style", { textContent: STYLE });
  make(root, "div").innerHTML = model.get("svg"); // ours, escaped where it was written
  const svg = root.querySelector("svg");
  const veil = shape(svg, "rect", { y: top - 4, height: bottom - top + 6, fill: "#FFFFFF" });
  const hand = shape(svg, "path", { stroke: "#C0143C", "stroke-width": 1.5 });

  const bar = make(root, "div", { className: "bar" });
  const back = make(bar, "button", { textContent: "◀", title: "one moment back", ariaLabel: "one moment back" });
  const play = make(bar, "button");
  const forth = make(bar, "button", { textContent: "▶", title: "one moment on", ariaLabel: "one moment on" });
  const slider = make(bar, "input", { type: "range", min: 0, max: moments.length - 1, value: 0, ariaLabel: "moment of the story" });
  const when = make(bar, "output", { className: "when" });
  const told = make(root, "ul", { ariaLive: "polite" });

  // Or JupyterLab takes the arrow keys for its headings, and Enter for editing; only the focused element itself can say so.
  for (const control of [back, play, forth, slider]) control.dataset.lmSuppressShortcuts = "true";

  let at = 0;
  let timer = null;

  function draw() {
    const moment = moments[at];
    slider.value = at;
    slider.setAttribute("aria-valuetext", moment.when);
    when.textContent = moment.when;
    veil.setAttribute("x", moment.x + 0.8);
    veil.setAttribute("width", Math.max(0, right - moment.x));
    hand.setAttribute("d", `M${moment.x} ${top - 6}V${bottom + 2}`);
    told.replaceChildren();
    for (const line of moment.lines) make(told, "li", { textContent: line });
    play.textContent = timer === null ? "Play" : "Pause";
    back.disabled = at === 0;
    forth.disabled = at === moments.length - 1;
  }

  function pause() {
    clearInterval(timer);
    timer = null;
  }

  function go(to) {
    at = Math.min(moments.length - 1, Math.max(0, to));
    if (at === moments.length - 1) pause();
    draw();
  }

  function toggle() {
    if (timer !== null) pause();
    else {
      if (at === moments.length - 1) at = 0;
      timer = setInterval(() => go(at + 1), STEP_MS);
    }
    draw();
  }

  back.onclick = () => { pause(); go(at - 1); };
  forth.onclick = () => { pause(); go(at + 1); };
  play.onclick = toggle;
  slider.oninput = () => { pause(); go(Number(slider.value)); };
  draw();
  return pause; // the page calls it when the output goes away
}

export default { render };
