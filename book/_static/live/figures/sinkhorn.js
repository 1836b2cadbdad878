/* Chapter 07: the entropic plan between points that the reader moves, by Sinkhorn's iteration in the log domain. */
"use strict";
udtLive.figure("sinkhorn", (stage, kit) => {
  const SOURCE = [[0.16, 0.2], [0.12, 0.45], [0.2, 0.72], [0.32, 0.33], [0.36, 0.6], [0.28, 0.86], [0.42, 0.14]];
  const TARGET = [[0.8, 0.16], [0.9, 0.38], [0.74, 0.46], [0.86, 0.64], [0.66, 0.76], [0.78, 0.88], [0.6, 0.3]];
  const points = [...SOURCE.map(at => ({ at: [...at], side: 0 })), ...TARGET.map(at => ({ at: [...at], side: 1 }))];
  const n = SOURCE.length, m = TARGET.length;
  let epsilon = 0.02, chosen = 0, plan = [];

  const soft = (values, eps) => {   // −ε log Σ exp(−v / ε), without overflow
    const least = Math.min(...values);
    return least - eps * Math.log(values.reduce((sum, v) => sum + Math.exp((least - v) / eps), 0));
  };
  function solve() {
    const x = points.filter(p => !p.side), y = points.filter(p => p.side);
    const C = x.map(p => y.map(q => (p.at[0] - q.at[0]) ** 2 + (p.at[1] - q.at[1]) ** 2));
    let f = new Array(n).fill(0), g = new Array(m).fill(0), rounds = 0, error = 1;
    // ε falls from that of the distances to the one that is asked for: from zero potentials a small one takes for ever.
    for (let eps = 1; rounds < 4000; rounds++) {
      f = C.map(row => soft(row.map((c, j) => c - g[j]), eps) + eps * Math.log(1 / n));
      g = g.map((_, j) => soft(C.map((row, i) => row[j] - f[i]), eps) + eps * Math.log(1 / m));
      if (eps > epsilon) eps = Math.max(epsilon, eps * 0.8);
      else if (rounds % 10 === 0) {
        error = C.reduce((sum, row, i) => sum + Math.abs(row.reduce((s, c, j) => s + Math.exp((f[i] + g[j] - c) / eps), 0) - 1 / n), 0);
        if (error < 1e-6) break;
      }
    }
    plan = C.map((row, i) => row.map((c, j) => Math.exp((f[i] + g[j] - c) / epsilon)));
    let cost = 0, entropy = 0, seen = 0;
    plan.forEach((row, i) => row.forEach((p, j) => {
      cost += p * C[i][j];
      if (p > 0) entropy -= p * Math.log(p);
      if (p > 0.01 / n) seen++;
    }));
    kit.says(`Cost ⟨P, C⟩ = ${cost.toFixed(4)}, entropy ${entropy.toFixed(2)} of at most ${Math.log(n * m).toFixed(2)} nats; ` +
      `${seen} of ${n * m} entries carry more than 1% of a point. ` + (seen <= n + 1 ? "Nearly a map." : seen > 0.8 * n * m ? "Nearly everyone with everyone." : ""));
  }

  const scene = kit.canvas(400, 300, "Seven points of each of two clouds, and lines between them: the darker, the more mass the plan sends.", pen => {
    const inks = [kit.colour("source"), kit.colour("target")], X = points.slice(0, n), Y = points.slice(n);
    pen.lineCap = "round";
    pen.strokeStyle = kit.colour("ink");
    plan.forEach((row, i) => row.forEach((p, j) => {
      const share = Math.min(1, p * n);
      if (share < 0.004) return;
      pen.globalAlpha = 0.08 + 0.72 * share;
      pen.lineWidth = 0.6 + 4 * share;
      pen.beginPath(); pen.moveTo(400 * X[i].at[0], 300 * X[i].at[1]); pen.lineTo(400 * Y[j].at[0], 300 * Y[j].at[1]); pen.stroke();
    }));
    pen.globalAlpha = 1;
    points.forEach((point, k) => {
      const [x, y] = [400 * point.at[0], 300 * point.at[1]];
      pen.fillStyle = inks[point.side];
      pen.beginPath();
      if (point.side) pen.rect(x - 7, y - 7, 14, 14); else pen.arc(x, y, 8, 0, 7);
      pen.fill();
      if (k === chosen && document.activeElement === scene.canvas) {
        pen.strokeStyle = kit.colour("accent"); pen.lineWidth = 2.5;
        pen.beginPath(); pen.arc(x, y, 13, 0, 7); pen.stroke();
      }
    });
  });
  const { canvas } = scene;
  canvas.classList.add("udt-live-drag");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Points of two clouds. Drag them; or use the page keys to choose a point, the arrow keys to move it.");

  kit.hint("Page up and page down choose a point, the arrow keys move it.");
  const changed = () => { solve(); scene.paint(); };
  const place = (k, at) => { points[k].at = at.map(v => Math.min(0.97, Math.max(0.03, v))); changed(); };
  let held = false;
  const where = event => { const [x, y] = scene.at(event); return [x / 400, y / 300]; };
  canvas.addEventListener("pointerdown", event => {
    const at = where(event);
    let best = Infinity;
    points.forEach((point, k) => {
      const far = Math.hypot(400 * (point.at[0] - at[0]), 300 * (point.at[1] - at[1]));
      if (far < best) { best = far; chosen = k; }
    });
    if (best > 40) return;
    held = true;
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    place(chosen, at);
  });
  canvas.addEventListener("pointermove", event => { if (held) place(chosen, where(event)); });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { held = false; });
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const choose = step => { chosen = (chosen + step + points.length) % points.length; scene.paint(); };
  canvas.addEventListener("keydown", event => {
    if (event.key in moves) place(chosen, points[chosen].at.map((v, k) => v + 0.02 * moves[event.key][k]));
    else if (event.key === "PageDown") choose(1);
    else if (event.key === "PageUp") choose(-1);
    else return;
    event.preventDefault();
  });
  for (const kind of ["focus", "blur"]) canvas.addEventListener(kind, () => scene.paint());

  const slider = kit.slider({ label: "Regularisation ε", min: -3.3, max: 0.3, step: 0.05, value: Math.log10(epsilon), show: v => (10 ** v).toPrecision(2) },
    v => { epsilon = 10 ** v; changed(); });
  const reset = kit.button("Put the points back", () => { [...SOURCE, ...TARGET].forEach((at, k) => { points[k].at = [...at]; }); changed(); });
  solve();
  stage.append(canvas, kit.row(slider.row, reset), kit.words);
});
