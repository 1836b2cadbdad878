/* Chapter 04: there and back by CycleGAN, on emoji that no net has seen and on whatever the reader paints. The way back is
   almost exact even where the translation is wrong. Whether what tells it the colours is hidden in small differences, noise
   says: here it is not. */
"use strict";
udtLive.figure("cyclegan", async (stage, kit) => {
  const hands = { noto: await kit.images("noto"), twemoji: await kit.images("twemoji") };
  const shape = [1, 3, 64, 64];
  let from = "noto", identity = "", factor = 4, noise = 0, chosen = 0, seed = 1;

  const pad = kit.pad({ size: 64, pen: 3, ground: "#ffffff", ink: "#e0343c", label: "x: choose below, and paint on it", changed: () => update() });
  const there = kit.picture(64, "T(x), the translation"), back = kit.picture(64, "S(T(x)), the way back"), rest = kit.picture(64, "x − S(T(x)), magnified");

  /* The same noise until the slider moves: pictures that flicker cannot be compared. */
  const shake = values => {
    let state = seed;
    const uniform = () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return (state + 1) / 4294967297; };
    return values.map(v => v + noise * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(6.2831853 * uniform()));
  };
  const update = kit.latest(async () => {
    const x = pad.values(3), [first, second] = from === "noto" ? ["forth", "back"] : ["back", "forth"];
    const t = await kit.run(`emoji-cyclegan${identity}-${first}`, { x: [x, shape] });
    const shaken = noise ? shake(t) : t;
    there.put(shaken, 3);
    const s = await kit.run(`emoji-cyclegan${identity}-${second}`, { x: [shaken, shape] });
    back.put(s, 3);
    let sum = 0, moved = 0;
    const difference = x.map((v, k) => { sum += Math.abs(v - s[k]); moved += Math.abs(v - t[k]); return factor * (v - s[k]); });
    rest.put(difference, 3);
    const mean = (sum / x.length).toFixed(3), start = `Mean |x − S(T(x))| = ${mean}`;
    if (!noise) { kit.says(`${start}, mean |x − T(x)| = ${(moved / x.length).toFixed(3)}, of a range of 2. Do fine details tell the way back? Put noise on T(x), and see.`); return; }
    const calm = await kit.run(`emoji-cyclegan${identity}-${second}`, { x: [t, shape] });
    let before = 0;
    x.forEach((v, k) => { before += Math.abs(v - calm[k]); });
    kit.says(`${start} with noise, ${(before / x.length).toFixed(3)} without. ` + (sum < 1.5 * before
      ? "The way back hardly minds: what it needs is not hidden in fine details. The colours were repainted by a rule, and the rule is undone."
      : "Noise of this size spoils the way back: some of what it needs was in details finer than the noise."));
  });

  const choose = k => { chosen = k; pad.put(hands[from][k], 3); };
  let thumbs;
  const list = () => {
    const made = kit.thumbs("Emoji that no net has seen", hands[from], 3, kit.EMOJI, choose, chosen);
    if (thumbs) thumbs.replaceWith(made);
    thumbs = made;
  };
  list();
  const settings = kit.row(
    kit.choice("Identity loss", [["", "without"], ["-identity", "with"]], identity, key => { identity = key; update(); }),
    kit.choice("Direction", [["noto", "Noto → Twemoji"], ["twemoji", "Twemoji → Noto"]], from, key => { from = key; list(); choose(chosen); }),
  );
  const sliders = kit.row(
    kit.slider({ label: "Magnify the rest", min: 1, max: 20, step: 1, value: factor, show: v => `× ${v}` }, v => { factor = v; update(); }).row,
    kit.slider({ label: "Noise on T(x) before the way back", min: 0, max: 0.3, step: 0.01, value: 0, show: v => v.toFixed(2) }, v => { noise = v; update(); }).row,
  );
  stage.append(
    kit.el("div", { className: "udt-live-pictures" }, pad.figure, there.figure, back.figure, rest.figure),
    settings, thumbs, sliders,
    kit.row(kit.palette(pad, kit.COLOURS), kit.button("Undo", pad.undo), kit.button("Empty page", pad.clear)),
    kit.words,
  );
  choose(0);
  await update();
});
