/* Chapter 02: paint where things are, label by label, and pix2pix paints the portrait; L1's net beside it. */
"use strict";
udtLive.figure("portrait", async (stage, kit) => {
  const maps = await kit.images("face-maps");
  /* The palette of udtlib.data.faces.label_maps, which the nets were trained on. */
  const packed = await kit.data("face-labels"), colours = new Float32Array(packed.slice().buffer);
  const NAMES = ["background", "skin", "hair", "brows", "eyes", "mouth", "glasses", "beard", "clothes"];
  const css = k => `rgb(${[0, 1, 2].map(c => Math.round(127.5 * (colours[3 * k + c] + 1))).join(" ")})`;

  const pad = kit.pad({ size: 64, pen: 4, ground: css(0), ink: css(2), label: "x: what is where", changed: () => update() });
  const game = kit.picture(64, "pix2pix"), plain = kit.picture(64, "L1 alone");

  /* A brush leaves mixed colours at its rim, and a mixture is no label: every pixel becomes its nearest label's. */
  const labels = () => {
    const x = pad.values(3), area = 64 * 64;
    for (let i = 0; i < area; i++) {
      let best = 0, least = Infinity;
      for (let k = 0; k < NAMES.length; k++) {
        let far = 0;
        for (let c = 0; c < 3; c++) far += (x[c * area + i] - colours[3 * k + c]) ** 2;
        if (far < least) { least = far; best = k; }
      }
      for (let c = 0; c < 3; c++) x[c * area + i] = colours[3 * best + c];
    }
    return x;
  };
  const update = kit.latest(async () => {
    const x = [labels(), [1, 3, 64, 64]];
    game.put(await kit.run("faces-pix2pix", { x }), 3);
    plain.put(await kit.run("faces-l1", { x }), 3);
  });

  stage.append(
    kit.el("div", { className: "udt-live-pictures udt-live-three" }, pad.figure, game.figure, plain.figure),
    kit.palette(pad, NAMES.map((name, k) => [css(k), name])),
    kit.slider({ label: "Brush", min: 1, max: 12, step: 0.5, value: 4, show: v => `${v} pixels` }, v => { pad.pen = v; }).row,
    kit.row(kit.button("Undo", pad.undo), kit.button("Empty page", pad.clear)),
    kit.thumbs("Maps that no net has seen", maps, 3, maps.map((_, k) => `map ${k + 1}`), k => pad.put(maps[k], 3), 0),
    kit.words,
  );
  kit.says("The map says where skin, hair and glasses are, and nothing of their colours. Both nets learned from the same pairs; L1 answers with the middle of all portraits that would be right.");
  pad.put(maps[0], 3);
  await update();
});
