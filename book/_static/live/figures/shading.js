/* Chapter 02: paint in flat colours, and pix2pix gives the light. */
"use strict";
udtLive.figure("shading", async (stage, kit) => {
  const flat = await kit.images("fluent-flat");
  const pad = kit.pad({ size: 64, pen: 5, ground: "#ffffff", ink: "#fbc82e", label: "x: paint in flat colours", changed: () => update() });
  const made = kit.picture(64, "G(x): what pix2pix makes of it");
  const update = kit.latest(async () => made.put(await kit.run("shading-pix2pix", { x: [pad.values(3), [1, 3, 64, 64]] }), 3));

  let width = 5;
  const stamps = {
    brush: null,
    disk: (pen, [x, y]) => { pen.arc(x, y, 10 * width, 0, 7); pen.fill(); },
    box: (pen, [x, y]) => { pen.roundRect(x - 10 * width, y - 8 * width, 20 * width, 16 * width, 3 * width); pen.fill(); },
    heart: (pen, [x, y]) => {
      const s = 10 * width;
      pen.moveTo(x, y + s);
      pen.bezierCurveTo(x - 2 * s, y - 0.2 * s, x - s, y - 1.3 * s, x, y - 0.4 * s);
      pen.bezierCurveTo(x + s, y - 1.3 * s, x + 2 * s, y - 0.2 * s, x, y + s);
      pen.fill();
    },
  };
  stage.append(
    kit.el("div", { className: "udt-live-pictures udt-live-two" }, pad.figure, made.figure),
    kit.row(
      kit.choice("Shape", [["brush", "brush"], ["disk", "disk"], ["box", "box"], ["heart", "heart"]], "brush", key => { pad.stamp = stamps[key]; }),
      kit.palette(pad, kit.COLOURS),
    ),
    kit.slider({ label: "Size", min: 1, max: 12, step: 0.5, value: width, show: v => `${v}` }, v => { width = pad.pen = v; }).row,
    kit.row(kit.button("Undo", pad.undo), kit.button("Empty page", pad.clear)),
    kit.thumbs("Flat emoji that no net has seen", flat, 3, kit.EMOJI, k => pad.put(flat[k], 3), 2),
    kit.words,
  );
  kit.says("pix2pix learned this from pairs, flat and shaded drawings of one emoji. It shades whatever you paint; what no emoji looks like, too.");
  pad.put(flat[2], 3);
  await update();
});
