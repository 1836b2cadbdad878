/* Chapter 02: write a character, and pix2pix writes it by brush; L1's net beside it. */
"use strict";
udtLive.figure("ink", async (stage, kit) => {
  const print = await kit.images("print", 1);
  const WORDS = ["quiet", "forest", "rain", "dragon", "to fly", "whale", "above", "drum"];
  const pad = kit.pad({ size: 64, pen: 4, ground: "#ffffff", ink: "#000000", label: "x: write", changed: () => update() });
  const game = kit.picture(64, "pix2pix"), plain = kit.picture(64, "L1 alone");
  const update = kit.latest(async () => {
    const x = [pad.values(1), [1, 1, 64, 64]];
    game.put(await kit.run("brush-pix2pix", { x }), 1);
    plain.put(await kit.run("brush-l1", { x }), 1);
  });
  stage.append(
    kit.el("div", { className: "udt-live-pictures udt-live-three" }, pad.figure, game.figure, plain.figure),
    kit.slider({ label: "Pen", min: 2, max: 8, step: 0.5, value: 4, show: v => `${v} pixels` }, v => { pad.pen = v; }).row,
    kit.row(kit.button("Undo", pad.undo), kit.button("Empty page", pad.clear)),
    kit.thumbs("Printed characters that no net has seen", print, 1, WORDS, k => pad.put(print[k], 1), 0),
    kit.words,
  );
  kit.says("Both nets learned from the same pairs, print and brush. Where a stroke may lie in several places, L1's middle of them is grey or nothing; the judge has never seen a grey stroke, and asks for black ones.");
  pad.put(print[0], 1);
  await update();
});
