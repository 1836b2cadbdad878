/* Chapter 10: a digit that the reader draws, as a point of the space of codes, carried along a learned Hamiltonian flow
   from threes (t = 0) to eights (t = 1), and beyond both. */
"use strict";
udtLive.figure("hamiltonian", async (stage, kit) => {
  const STEPS = 6;   // per unit of time, of the Runge-Kutta method; the flow was trained with three
  const TIMES = [-0.5, 0, 0.25, 0.5, 0.75, 1, 1.5, 2];
  const THREE = [[10, 9], [13, 6], [18, 6], [21, 9], [20, 13], [15, 15.5], [20, 17], [22, 21], [19, 25.5], [13, 26], [9.5, 23]];
  const EIGHT = [[20, 9], [16, 6], [12, 8], [12, 12], [16, 15], [20, 18], [21, 23], [17, 26], [12, 25], [11, 20], [14, 16.5], [19, 13], [20, 9]];
  const round = points => {   // smooth through the corners
    const out = [];
    for (let k = 0; k + 1 < points.length; k++) {
      const [a, b, c, d] = [points[Math.max(k - 1, 0)], points[k], points[k + 1], points[Math.min(k + 2, points.length - 1)]];
      for (let s = 0; s < 6; s++) {
        const t = s / 6, mix = i => 0.5 * (2 * b[i] + (c[i] - a[i]) * t + (2 * a[i] - 5 * b[i] + 4 * c[i] - d[i]) * t * t + (3 * b[i] - a[i] - 3 * c[i] + d[i]) * t * t * t);
        out.push([mix(0), mix(1)]);
      }
    }
    return [...out, points[points.length - 1]];
  };
  let t = 1, start = 0;

  const pad = kit.pad({ size: 32, pen: 2.4, ground: "#000000", ink: "#ffffff", label: "draw a 3 here", changed: () => update() });
  const coded = kit.picture(32, "the code, decoded: t = 0"), moved = kit.picture(32, "carried to t");
  const strip = TIMES.map(time => kit.picture(32, `t = ${time}`));

  async function flow(z, time) {
    const steps = Math.max(1, Math.ceil(Math.abs(time) * STEPS)), dt = Float32Array.of(time / steps);
    for (let k = 0; k < steps; k++) z = await kit.run("threes-flow", { x: [z, [1, 16]], dt: [dt, [1]] });
    return z;
  }
  const show = async (picture, z) => picture.put(await kit.run("threes-decoder", { x: [z, [1, 16]] }), 1);
  const update = kit.latest(async () => {
    const z = await kit.run("threes-encoder", { x: [pad.values(1), [1, 1, 32, 32]] });
    await show(coded, z);
    await show(moved, await flow(z, t - start));
    for (let k = 0; k < TIMES.length; k++) await show(strip[k], await flow(z, TIMES[k] - start));
    kit.says(t > 1.05 ? `t = ${t.toFixed(2)}: beyond what was trained. The flow goes on, and leaves the digits behind.`
      : t < -0.05 ? `t = ${t.toFixed(2)}: before the threes. Nothing was trained here either.`
      : `t = ${t.toFixed(2)}: threes are at 0, eights at 1. Nobody trained the way back: it is the same flow, run backwards.`);
  });
  const caption = (picture, text) => { picture.figure.querySelector(".udt-live-caption").textContent = text; picture.canvas.setAttribute("aria-label", text); };
  const example = which => {
    start = which;
    pad.fill("#000000");
    pad.trace(round(which ? EIGHT : THREE));
    caption(coded, `the code, decoded: t = ${which}`);
    pad.figure.querySelector(".udt-live-caption").textContent = which ? "draw an 8 here" : "draw a 3 here";
    pad.tell();
  };
  const slider = kit.slider({ label: "t", min: -1, max: 2.5, step: 0.05, value: 1, show: v => v.toFixed(2) }, v => { t = v; caption(moved, `carried to t = ${v.toFixed(2)}`); update(); });
  const way = kit.choice("The drawing is", [[0, "a three, put in at t = 0"], [1, "an eight, put in at t = 1"]], 0, which => {
    slider.set(which ? 0 : 1);
    t = which ? 0 : 1;
    caption(moved, `carried to t = ${t.toFixed(2)}`);
    example(which);
  });
  caption(moved, "carried to t = 1.00");
  stage.append(
    kit.el("div", { className: "udt-live-pictures udt-live-three" }, pad.figure, coded.figure, moved.figure),
    slider.row,
    kit.el("div", { className: "udt-live-strip" }, ...strip.map(picture => picture.figure)),
    kit.row(way, kit.button("Undo", pad.undo), kit.button("Empty page", pad.clear), kit.button("Draw one for me", () => example(start))),
    kit.words,
  );
  example(0);
  await update();
});
