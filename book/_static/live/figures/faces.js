/* Chapter 01: a plane of codes of the generator that ships, under the reader's finger. Codes of N(0, I) in 32 dimensions
   have a length of about √32, so that the plane is bent onto that sphere: z = √32 · w / |w|, w = u a + v b + c. */
"use strict";
udtLive.figure("faces", async (stage, kit) => {
  const CODE = 32, SIDE = 240;
  let state = 11, at = [0.15, -0.2], length = 1, axes;
  const uniform = () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return (state + 1) / 4294967297; };
  const code = () => Float32Array.from({ length: CODE }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(6.2831853 * uniform()));
  const sphere = ([u, v]) => {
    const w = axes[2].map((c, k) => 2 * u * axes[0][k] + 2 * v * axes[1][k] + c);
    const norm = Math.sqrt(w.reduce((sum, entry) => sum + entry * entry, 0));
    return w.map(entry => entry * Math.sqrt(CODE) / norm);
  };
  const fresh = () => { axes = [code(), code(), code()]; };

  const face = kit.picture(64, "G(z)");
  const board = Array.from({ length: 8 }, (_, k) => kit.picture(64, `another z, ${k + 1}`));
  const update = kit.latest(async () => {
    const z = sphere(at).map(entry => length * entry);
    face.put(await kit.run("faces-gan", { x: [z, [1, CODE]] }), 3);
    kit.says(Math.abs(length - 1) < 0.15 ? "Every point of the plane is a code, and neighbours are alike: the generator is continuous."
      : length < 1 ? "Shorter than codes are: nearer to the mean of all faces, and there is less to choose from."
      : "Longer than codes ever were in training: nobody has taught the generator what to draw here.");
  });
  const fill = kit.latest(async () => {
    const z = new Float32Array(8 * CODE);
    for (let k = 0; k < 8; k++) z.set(code(), k * CODE);
    const y = await kit.run("faces-gan", { x: [z, [8, CODE]] });
    board.forEach((picture, k) => picture.put(y, 3, k * 3 * 64 * 64));
  });

  const plane = kit.canvas(SIDE, SIDE, "", pen => {
    pen.strokeStyle = kit.colour("hair"); pen.lineWidth = 1;
    for (let k = 0; k <= 8; k++) {
      const x = Math.min(SIDE - 0.5, 0.5 + SIDE * k / 8);
      pen.beginPath(); pen.moveTo(x, 0); pen.lineTo(x, SIDE); pen.moveTo(0, x); pen.lineTo(SIDE, x); pen.stroke();
    }
    pen.fillStyle = kit.colour("source");
    pen.beginPath(); pen.arc(SIDE * (at[0] + 1) / 2, SIDE * (at[1] + 1) / 2, 10, 0, 7); pen.fill();
  });
  const { canvas } = plane;
  canvas.classList.add("udt-live-drag");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "A plane of codes. Drag the point, or move it with the arrow keys.");
  kit.hint("The arrow keys move the point.");
  const place = to => { at = to.map(v => Math.min(1, Math.max(-1, v))); plane.paint(); update(); };
  const where = event => plane.at(event).map(v => 2 * v / SIDE - 1);
  let held = false;
  canvas.addEventListener("pointerdown", event => { held = true; canvas.setPointerCapture(event.pointerId); place(where(event)); });
  canvas.addEventListener("pointermove", event => { if (held) place(where(event)); });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { held = false; });
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", event => {
    if (!(event.key in moves)) return;
    event.preventDefault();
    place(at.map((v, k) => v + 0.05 * moves[event.key][k]));
  });

  fresh();
  stage.append(
    kit.el("div", { className: "udt-live-pictures udt-live-two" },
      kit.el("div", { className: "udt-live-panel" }, canvas, kit.el("div", { className: "udt-live-caption" }, "a plane of codes z: drag the point")), face.figure),
    kit.slider({ label: "Length of z, in units of √32", min: 0, max: 3, step: 0.05, value: 1, show: v => v.toFixed(2) }, v => { length = v; update(); }).row,
    kit.row(kit.button("Another plane", () => { fresh(); update(); }), kit.button("Another eight", fill)),
    kit.el("div", { className: "udt-live-strip" }, ...board.map(picture => picture.canvas)),
    kit.words,
  );
  await update();
  await fill();
});
