/* Chapter 10: the pendulum H = p²/2 − cos q by two integrators with the same step, and a blob of initial conditions whose
   area the exact flow keeps. Leapfrog keeps it, too; Euler's step multiplies it by 1 + h² cos q. */
"use strict";
udtLive.figure("pendulum", (stage, kit) => {
  const EDGE = 240, LONG = 900;   // corners of the blob's edge; samples of energy that are kept
  const force = q => -Math.sin(q), energy = ([q, p]) => p * p / 2 - Math.cos(q);
  const METHODS = {
    euler: { colour: "target", word: "Euler", step: ([q, p], h) => [q + h * p, p + h * force(q)] },
    leapfrog: { colour: "translated", word: "Leapfrog", step: ([q, p], h) => { p += h / 2 * force(q); q += h * p; return [q, p + h / 2 * force(q)]; } },
  };
  const names = Object.keys(METHODS);
  let h = 0.1, time = 0, owed = 0, bodies, blobs, curves, first, areas;

  const area = edge => {
    let sum = 0;
    edge.forEach(([q, p], k) => { const [r, s] = edge[(k + 1) % edge.length]; sum += q * s - r * p; });
    return Math.abs(sum) / 2;
  };
  function begin(q, p) {
    time = owed = 0;
    bodies = {}; blobs = {}; curves = {}; areas = {};
    first = energy([q, p]);
    for (const name of names) {
      bodies[name] = [q, p];
      blobs[name] = Array.from({ length: EDGE }, (_, k) => [q + 0.5 * Math.cos(2 * Math.PI * k / EDGE), p + 0.5 * Math.sin(2 * Math.PI * k / EDGE)]);
      curves[name] = [first];
      areas[name] = area(blobs[name]);
    }
    begin.area = areas.euler;
    told();
  }
  function tick() {
    for (const name of names) {
      const { step } = METHODS[name];
      bodies[name] = step(bodies[name], h);
      blobs[name] = blobs[name].map(at => step(at, h));
      curves[name].push(energy(bodies[name]));
      areas[name] = area(blobs[name]);
    }
    time += h;
  }
  const told = () => {
    const of = name => {
      const change = Math.round(100 * (energy(bodies[name]) - first)) / 100;
      return `${METHODS[name].word}: energy ${change > 0 ? "+" : change < 0 ? "−" : "±"}${Math.abs(change).toFixed(2)}, area × ${(areas[name] / begin.area).toFixed(2)}`;
    };
    kit.says(`After ${time.toFixed(1)} units of time. ${of("euler")}. ${of("leapfrog")}.`);
  };

  const swing = kit.canvas(240, 240, "Two pendulums that began alike, moved by Euler's step and by leapfrog.", pen => {
    pen.translate(120, 112);
    for (const name of names) {
      const [q] = bodies[name], x = 88 * Math.sin(q), y = 88 * Math.cos(q);
      pen.strokeStyle = pen.fillStyle = kit.colour(METHODS[name].colour);
      pen.lineWidth = 3;
      pen.beginPath(); pen.moveTo(0, 0); pen.lineTo(x, y); pen.stroke();
      pen.beginPath(); pen.arc(x, y, 13, 0, 7); pen.fill();
    }
    pen.fillStyle = kit.colour("faint");
    pen.beginPath(); pen.arc(0, 0, 4, 0, 7); pen.fill();
  });
  const axes = (pen, w, h_, x, y) => {
    pen.strokeStyle = kit.colour("hair"); pen.fillStyle = kit.colour("faint"); pen.lineWidth = 1; pen.font = "11px sans-serif";
    pen.strokeRect(0.5, 0.5, w - 1, h_ - 1);
    pen.fillText(x, w - 6 - pen.measureText(x).width, h_ - 6);
    pen.fillText(y, 6, 14);
  };
  const phase = kit.canvas(240, 240, "Phase space: a blob of initial conditions, carried along by both integrators.", pen => {
    axes(pen, 240, 240, "angle q", "momentum p");
    // The angle goes round; the blob is drawn about its own centre's turn.
    for (const name of names) {
      const turn = 2 * Math.PI * Math.round(bodies[name][0] / (2 * Math.PI));
      const place = ([q, p]) => [120 + (q - turn) * 36, 120 - p * 36];
      pen.beginPath();
      blobs[name].forEach((at, k) => pen[k ? "lineTo" : "moveTo"](...place(at)));
      pen.closePath();
      pen.fillStyle = pen.strokeStyle = kit.colour(METHODS[name].colour);
      pen.globalAlpha = 0.45; pen.fill(); pen.globalAlpha = 1;
      pen.lineWidth = 1.2; pen.stroke();
    }
  });
  const WIDE = 480, HIGH = 140;
  const curve = kit.canvas(WIDE, HIGH, "Energy over time, for both integrators.", pen => {
    axes(pen, WIDE, HIGH, "time", "energy");
    const from = Math.max(0, curves.euler.length - LONG), level = value => HIGH - 14 - Math.max(-0.2, Math.min(3.6, value + 1)) * 30;
    pen.strokeStyle = kit.colour("hair"); pen.setLineDash([4, 4]);
    pen.beginPath(); pen.moveTo(0, level(first)); pen.lineTo(WIDE, level(first)); pen.stroke();
    pen.setLineDash([]);
    for (const name of names) {
      const part = curves[name].slice(from), wide = Math.max(part.length - 1, 100);
      pen.strokeStyle = kit.colour(METHODS[name].colour); pen.lineWidth = 2;
      pen.beginPath();
      part.forEach((value, k) => pen[k ? "lineTo" : "moveTo"](WIDE * k / wide, level(value)));
      pen.stroke();
    }
  });
  const paint = () => { swing.paint(); phase.paint(); curve.paint(); };
  let since = 0;
  const loop = kit.loop(seconds => {
    owed += 2 * seconds;
    while (owed >= h) { tick(); owed -= h; }
    since += seconds;
    if (since > 0.25) { since = 0; told(); }
    paint();
  });
  const play = kit.button("Run", () => run(!loop.playing));
  const run = on => { loop.set(on); play.textContent = on ? "Pause" : "Run"; if (!on) told(); };
  const push = way => { begin(bodies.leapfrog[0], bodies.leapfrog[1] + way); paint(); };

  // Drag the bob: it is held, and let go at rest.
  swing.canvas.classList.add("udt-live-drag");
  let held = false;
  const hold = event => { const [x, y] = swing.at(event); begin(Math.atan2(x - 120, y - 112), 0); paint(); };
  swing.canvas.addEventListener("pointerdown", event => { held = true; swing.canvas.setPointerCapture(event.pointerId); run(false); hold(event); });
  swing.canvas.addEventListener("pointermove", event => { if (held) hold(event); });
  for (const end of ["pointerup", "pointercancel"]) swing.canvas.addEventListener(end, () => { if (held) { held = false; if (!kit.still) run(true); } });

  begin(1.2, 0);
  const legend = kit.el("p", { className: "udt-live-legend" }, ...names.flatMap(name => {
    const dot = kit.el("span", { className: "udt-live-dot" });
    dot.style.background = `var(--udt-live-${METHODS[name].colour})`;
    return [dot, METHODS[name].word + "  "];
  }));
  stage.append(
    legend,
    kit.el("div", { className: "udt-live-pictures udt-live-two" }, swing.canvas, phase.canvas),
    curve.canvas,
    kit.row(play, kit.button("Push left", () => push(-0.8)), kit.button("Push right", () => push(0.8)),
      kit.button("Ten steps", () => { run(false); for (let k = 0; k < 10; k++) tick(); told(); paint(); }),
      kit.button("Begin again", () => { begin(1.2, 0); paint(); })),
    kit.slider({ label: "Step h", min: 0.02, max: 0.5, step: 0.01, value: h, show: v => v.toFixed(2) }, v => { h = v; begin(1.2, 0); paint(); }).row,
    kit.words,
  );
  if (!kit.still) run(true);
});
