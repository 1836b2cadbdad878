/* Chapter 00 in one picture: T = G⁻¹ ∘ R ∘ G. G takes a cloud to a round Gaussian heap, R turns the heap, and G⁻¹ takes it
   back. The cloud fits at every angle; who lands where depends on the angle alone. The clouds are mixtures of small
   Gaussians, so that G, the map through conditional distribution functions, is a formula. */
"use strict";
udtLive.figure("hero", (stage, kit, host) => {
  const SHAPE = host.getAttribute("cloud") || "face";
  const POINTS = 640, SMALL = 0.045;

  /* Numbers that are the same at every visit. */
  let state = 20260101;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

  /* Φ, by Abramowitz and Stegun 26.2.17, and its inverse, by Acklam: both better than a pixel needs. */
  const cdf = x => {
    const t = 1 / (1 + 0.2316419 * Math.abs(x));
    const tail = 0.3989422804 * Math.exp(-x * x / 2) *
      t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    return x > 0 ? 1 - tail : tail;
  };
  const quantile = p => {
    const a = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239];
    const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
    const c = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
    const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
    p = Math.min(1 - 1e-9, Math.max(1e-9, p));
    if (p > 0.97575) return -quantile(1 - p);
    if (p < 0.02425) {
      const q = Math.sqrt(-2 * Math.log(p));
      return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) / ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
    }
    const q = p - 0.5, r = q * q;
    return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q / (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
  };

  /* Components: [x, y, part, weight]. */
  const arc = (count, radius, from, to, part, weight, cx = 0, cy = 0) => Array.from({ length: count }, (_, k) => {
    const angle = (from + (to - from) * (k + 0.5) / count) * Math.PI / 180;
    return [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle), part, weight / count];
  });
  const CLOUDS = {
    face: { small: SMALL, parts: ["outline", "eyes", "smile"], components: [
      ...arc(44, 1, 0, 360, 0, 0.52), ...arc(5, 0.1, 0, 360, 1, 0.12, -0.36, -0.3), ...arc(5, 0.1, 0, 360, 1, 0.12, 0.36, -0.3),
      ...arc(14, 0.56, 25, 155, 2, 0.24)] },
    blobs: { small: 0.14, parts: ["left", "top", "right"], components: [
      [-0.7, 0.42, 0, 1 / 3], [0, -0.7, 1, 1 / 3], [0.7, 0.42, 2, 1 / 3]] },
  };

  /* F(x₁) and F(x₂ | x₁) of a mixture, and the inverses by bisection; components too far to matter are skipped. */
  function gaussianisation({ components, small }) {
    const mixture = (x, weights, axis) => {
      let total = 0;
      for (const [k, w] of weights) total += w * cdf((x - components[k][axis]) / small);
      return total;
    };
    const all = components.map((component, k) => [k, component[3]]);
    const after = x => {   // Bayes' rule: what x₁ says about the component
      const seen = [];
      let sum = 0;
      for (const [k, w] of all) {
        const score = (x - components[k][0]) / small, value = w * Math.exp(-score * score / 2);
        if (value > 1e-14) { seen.push([k, value]); sum += value; }
      }
      if (!sum) {
        const nearest = all.reduce((best, each) => Math.abs(x - components[each[0]][0]) < Math.abs(x - components[best[0]][0]) ? each : best);
        return [[nearest[0], 1]];
      }
      return seen.map(([k, value]) => [k, value / sum]);
    };
    const solve = (u, weights, axis) => {
      let low = -1.8, high = 1.8;
      for (let k = 0; k < 26; k++) { const middle = (low + high) / 2; if (mixture(middle, weights, axis) < u) low = middle; else high = middle; }
      return (low + high) / 2;
    };
    // The first coordinate's inverse is the same for all points: a table.
    const CELLS = 4096, table = Float64Array.from({ length: CELLS + 1 }, (_, k) => mixture(-1.8 + 3.6 * k / CELLS, all, 0));
    const first = u => {
      let low = 0, high = CELLS;
      while (high - low > 1) { const middle = (low + high) >> 1; if (table[middle] < u) low = middle; else high = middle; }
      const rise = table[high] - table[low];
      return -1.8 + 3.6 * (low + (rise > 0 ? (u - table[low]) / rise : 0.5)) / CELLS;
    };
    return {
      there: ([x, y]) => [quantile(mixture(x, all, 0)), quantile(mixture(y, after(x), 1))],
      back: ([u, v]) => { const x = first(cdf(u)); return [x, solve(cdf(v), after(x), 1)]; },
    };
  }

  const draw = ({ components, small }, count) => Array.from({ length: count }, () => {
    let u = uniform();
    const k = components.findIndex(component => (u -= component[3]) < 0);
    const [x, y, part] = components[k < 0 ? components.length - 1 : k];
    return { at: [x + small * normal(), y + small * normal()], part };
  });
  const between = (a, b) => {
    let sum = 0;
    for (const [x, y] of a) for (const [u, v] of b) sum += Math.sqrt((x - u) * (x - u) + (y - v) * (y - v));
    return sum / (a.length * b.length);
  };

  let cloud, points, heap, fresh, within, floor, worst, chance, G, landed = [], degrees = 0;
  function take(name) {
    cloud = CLOUDS[name];
    G = gaussianisation(cloud);
    points = draw(cloud, POINTS);
    heap = points.map(point => G.there(point.at));
    // Fit is the energy distance to a fresh sample: full where it is no more than that of other fresh samples, empty where
    // it is that of the round heap.
    fresh = draw(cloud, 400).map(point => point.at);
    within = between(fresh, fresh);
    const distance = sample => 2 * between(sample, fresh) - between(sample, sample) - within;
    floor = Math.max(...Array.from({ length: 6 }, () => distance(draw(cloud, POINTS).map(point => point.at))));
    worst = distance(heap);
    // Alignment is the mean distance to where a dot belongs: full at none, empty at that of two dots by chance.
    chance = between(points.slice(0, 320).map(point => point.at), points.slice(320).map(point => point.at));
  }
  function move(value, measure = true) {
    degrees = value;
    const angle = degrees * Math.PI / 180, cos = Math.cos(angle), sin = Math.sin(angle);
    landed = heap.map(([u, v]) => G.back([cos * u - sin * v, sin * u + cos * v]));
    if (measure) {
      const distance = 2 * between(landed, fresh) - between(landed, landed) - within;
      const fit = Math.min(1, Math.max(0, 1 - (distance - floor) / (worst - floor)));
      let far = 0;
      landed.forEach((at, k) => { far += Math.hypot(at[0] - points[k].at[0], at[1] - points[k].at[1]) / POINTS; });
      const right = Math.max(0, 1 - far / chance);
      bars.fit.put(fit);
      bars.right.put(right);
      const wrong = right < 0.9;
      headline.textContent = wrong ? "It fits perfectly. It is wrong." : "It fits perfectly. And it is right.";
      kit.says(wrong
        ? `Turned by ${degrees}°: the same ${cloud === CLOUDS.face ? "face" : "three blobs"}, and no look at the cloud alone can tell. But the dots have gone elsewhere; at 0% they are as far from their places as a dot chosen by chance.`
        : "Hardly turned: every dot is where it belongs. Drag the picture, or the slider.");
    }
    scene.paint();
  }

  const bar = (label, colour) => {
    const number = kit.el("b"), fill = kit.el("i");
    fill.style.setProperty("--bar", `var(--udt-live-${colour})`);
    const row = kit.el("div", { className: "udt-live-bar" }, kit.el("span", {}, label), number, fill);
    return { row, put(share) { number.textContent = `${Math.round(100 * share)}%`; fill.style.setProperty("--share", share); } };
  };
  const bars = { fit: bar("Fit: does the cloud look like the target?", "translated"), right: bar("Alignment: is each dot where it belongs?", "target") };
  const headline = kit.el("p", { className: "udt-live-headline" });

  const scene = kit.canvas(300, 300, "The cloud of dots after the map. Each dot keeps the colour of the part that it came from.", pen => {
    const inks = ["source", "target", "truth"].map(kit.colour);
    pen.translate(150, 150);
    for (let k = 0; k < POINTS; k++) {
      const [x, y] = landed[k] || points[k].at;
      pen.fillStyle = inks[points[k].part];
      pen.beginPath();
      pen.arc(118 * x, 118 * y, 2.6, 0, 7);
      pen.fill();
    }
    // The dial: where the heap has been turned to
    pen.strokeStyle = kit.colour("hair"); pen.lineWidth = 2;
    pen.beginPath(); pen.arc(0, 0, 143, 0, 7); pen.stroke();
    const a = (degrees - 90) * Math.PI / 180;
    pen.fillStyle = kit.colour("accent");
    pen.beginPath(); pen.arc(143 * Math.cos(a), 143 * Math.sin(a), 6, 0, 7); pen.fill();
  });
  scene.canvas.classList.add("udt-live-drag");
  const slider = kit.slider({ label: "Turn by", min: 0, max: 360, step: 1, value: 0, show: v => `${v}°` }, move);

  let grip = null;
  const angleAt = event => { const [x, y] = scene.at(event); return Math.atan2(y - 150, x - 150) * 180 / Math.PI; };
  scene.canvas.addEventListener("pointerdown", event => {
    scene.canvas.setPointerCapture(event.pointerId);
    grip = angleAt(event) - degrees;
  });
  scene.canvas.addEventListener("pointermove", event => {
    if (grip === null) return;
    const value = Math.round(((angleAt(event) - grip) % 360 + 360) % 360);
    slider.set(value);
    move(value);
  });
  for (const end of ["pointerup", "pointercancel"]) scene.canvas.addEventListener(end, () => { grip = null; });

  const shapes = kit.choice("Cloud", [["face", "a face"], ["blobs", "three blobs"]], SHAPE, name => { take(name); move(degrees); });
  take(SHAPE);
  stage.append(
    kit.el("div", { className: "udt-live-panels" },
      scene.canvas,
      kit.el("div", { className: "udt-live-stage" }, headline, bars.fit.row, bars.right.row, slider.row, shapes, kit.words)),
  );
  move(0);
  // Once, to show that it moves; whoever prefers stillness turns it by hand.
  if (!kit.still) {
    let at = 0, touched = false;
    for (const kind of ["pointerdown", "keydown", "input"]) stage.addEventListener(kind, () => { touched = true; });
    const loop = kit.loop(seconds => {
      at = Math.min(130, at + 65 * seconds);
      if (touched || at >= 130) loop.set(false);
      if (!touched) { slider.set(Math.round(at)); move(Math.round(at)); }
    });
    setTimeout(() => loop.set(true), 700);
  } else { slider.set(130); move(130); }
});
