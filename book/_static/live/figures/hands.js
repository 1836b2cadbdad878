/* Chapter 03: one line drawing, many right answers. BicycleGAN's net answers a drawing and a code; four codes draw like
   the four hands, by the judgement of a classifier, and others can be drawn from the prior. */
"use strict";
udtLive.figure("hands", async (stage, kit) => {
  const HANDS = ["Noto", "Twemoji", "Fluent, flat", "Fluent, 3D"];
  const lines = await kit.images("fluent-line", 1);
  const packed = await kit.data("hand-codes"), near = new Float32Array(packed.slice().buffer);
  const CODE = near.length / 4;
  let codes = Float32Array.from(near), share = 0;

  const pad = kit.pad({ size: 64, pen: 2.6, ground: "#ffffff", ink: "#000000", label: "x: draw in lines", changed: () => update() });
  const made = HANDS.map(name => kit.picture(64, `nearest to ${name}`));
  const between = kit.picture(64, "between the first two codes");

  const update = kit.latest(async () => {
    // The fifth code lies on the way from the first to the second.
    const x = pad.values(1), n = 5, all = new Float32Array(n * CODE), inputs = new Float32Array(n * 64 * 64);
    all.set(codes);
    for (let k = 0; k < CODE; k++) all[4 * CODE + k] = (1 - share) * codes[k] + share * codes[CODE + k];
    for (let k = 0; k < n; k++) inputs.set(x, k * 64 * 64);
    const y = await kit.run("hands-bicycle", { x: [inputs, [n, 1, 64, 64]], z: [all, [n, CODE]] });
    made.forEach((picture, k) => picture.put(y, 3, k * 3 * 64 * 64));
    between.put(y, 3, 4 * 3 * 64 * 64);
  });
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(6.2831853 * Math.random());
  const name = own => made.forEach((picture, k) => {
    const words = own ? `z${"₁₂₃₄"[k]}: nearest to ${HANDS[k]}` : `another code, z${"₁₂₃₄"[k]}`;
    picture.figure.querySelector(".udt-live-caption").textContent = words;
    picture.canvas.setAttribute("aria-label", words);
  });
  const label = (own, text) => { name(own); kit.says(text); };
  const another = kit.button("Another four codes", () => {
    codes = codes.map(normal);
    label(false, "Four codes drawn from N(0, I): each is an answer, and the lines are obeyed by all.");
    update();
  });
  const again = kit.button("The four hands", () => {
    codes = Float32Array.from(near);
    label(true, "Four codes of 400 that were drawn: of those whose answers a classifier takes for a hand's, the nearest to that hand's drawings. A code says a colour more than a hand.");
    update();
  });
  const slider = kit.slider({ label: "z from the first code to the second", min: 0, max: 1, step: 0.02, value: 0.5, show: v => v.toFixed(2) }, v => { share = v; update(); });
  share = 0.5;
  stage.append(
    kit.el("div", { className: "udt-live-pictures udt-live-three" }, pad.figure, ...made.map(picture => picture.figure), between.figure),
    kit.row(another, again, kit.button("Undo", pad.undo), kit.button("Empty page", pad.clear),
      kit.choice("Pen", [["#000000", "line"], ["#ffffff", "rubber"]], "#000000", ink => { pad.ink = ink; pad.pen = ink === "#000000" ? 2.6 : 6; })),
    slider.row,
    kit.thumbs("Line art that no net has seen", lines, 1, kit.EMOJI, k => pad.put(lines[k], 1)),
    kit.words,
  );
  label(true, "Four codes of 400 that were drawn: of those whose answers a classifier takes for a hand's, the nearest to that hand's drawings. Draw over the lines, or begin with an empty page.");
  pad.put(lines[0], 1);
  await update();
});
