/* What the living figures share: controls with labels, canvases that are sharp and follow the page's colours, a pad to
   draw on by mouse, finger or keys, and a loop that rests while nobody looks. */
"use strict";
udtLive.kit = (host, stage) => {
  const kit = { still: matchMedia("(prefers-reduced-motion: reduce)").matches, run: udtLive.run, data: udtLive.data };

  /* el("div", { className: "row" }, child, …) */
  kit.el = (tag, properties = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(properties)) {
      if (key.includes("-") || key === "role") node.setAttribute(key, value); else node[key] = value;
    }
    node.append(...children);
    return node;
  };
  const { el } = kit;
  let count = 0;
  const fresh = () => `udt-live-${host.name}-${++count}`;

  /* A sentence below the figure; a screen reader reads it when it has come to rest, not at every frame. */
  const words = el("p", { className: "udt-live-words" }), spoken = el("span", { className: "udt-live-spoken", "aria-live": "polite" });
  let saying;
  /* How a drawing answers to keys; a reader sees it who has come to one by key. */
  const hint = el("p", { className: "udt-live-hint" });
  kit.hint = text => { hint.textContent = text; };
  kit.words = el("div", {}, words, spoken, hint);
  words.setAttribute("aria-hidden", "true");
  kit.says = text => {
    words.textContent = text;
    clearTimeout(saying);
    saying = setTimeout(() => { spoken.textContent = text; }, 400);
  };

  kit.slider = ({ label, min, max, step, value, show = v => v }, changed) => {
    const id = fresh(), output = el("output", { htmlFor: id });
    const input = el("input", { type: "range", id, min, max, step, value });
    const told = () => { output.textContent = show(+input.value); input.setAttribute("aria-valuetext", output.textContent); };
    input.addEventListener("input", () => { told(); changed(+input.value); });
    told();
    const row = el("div", { className: "udt-live-slider" }, el("label", { htmlFor: id }, label), input, output);
    return { row, input, set(v) { input.value = v; told(); } };
  };

  kit.button = (label, pressed) => {
    const button = el("button", { type: "button", className: "udt-live-button" }, label);
    button.addEventListener("click", () => pressed(button));
    return button;
  };

  /* One of several: radio buttons that look like a row of keys. Options are [value, what the reader sees]. */
  kit.choice = (label, options, value, changed) => {
    const name = fresh();
    const row = el("fieldset", { className: "udt-live-choice" }, el("legend", {}, label));
    for (const [key, seen, spoken] of options) {
      const input = el("input", { type: "radio", name, id: fresh(), value: key, checked: key === value });
      input.addEventListener("change", () => changed(key));
      const tag = el("label", { htmlFor: input.id }, seen);
      if (spoken) input.setAttribute("aria-label", spoken);
      row.append(input, tag);
    }
    row.pick = key => row.querySelectorAll("input").forEach(input => { input.checked = input.value === key; });
    return row;
  };

  kit.row = (...children) => el("div", { className: "udt-live-row" }, ...children);

  /* Colours are the page's: "ink", "faint", "source", "target", "translated", "truth", "ground". */
  kit.colour = name => getComputedStyle(host).getPropertyValue(`--udt-live-${name}`).trim();
  const drawers = [];
  const redraw = () => drawers.forEach(draw => draw());
  new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  host.addEventListener("udt-open", redraw);
  kit.redraw = redraw;

  /* A canvas of width × height units that fills its column, drawn anew by `draw(context)` when the page asks. */
  kit.canvas = (width, height, label, draw) => {
    const canvas = el("canvas", { role: "img", "aria-label": label });
    canvas.style.aspectRatio = `${width} / ${height}`;
    const context = canvas.getContext("2d");
    const paint = () => {
      const seen = canvas.clientWidth || width, density = Math.min(devicePixelRatio || 1, 2);
      const pixels = Math.round(seen * density);
      if (canvas.width !== pixels) { canvas.width = pixels; canvas.height = Math.round(pixels * height / width); }
      context.setTransform(canvas.width / width, 0, 0, canvas.width / width, 0, 0);
      context.clearRect(0, 0, width, height);
      draw(context);
    };
    drawers.push(paint);
    let was = 0;   // only a change of size is one: painting itself changes nothing of the layout
    new ResizeObserver(() => { if (canvas.clientWidth !== was) { was = canvas.clientWidth; paint(); } }).observe(canvas);
    return { canvas, paint, at(event) {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width * width, (event.clientY - box.top) / box.height * height];
    } };
  };

  /* A picture of size × size pixels, shown large; put(values, channels) takes numbers in [-1, 1], channel first. */
  kit.picture = (size, label) => {
    const canvas = el("canvas", { width: size, height: size, className: "udt-live-picture", role: "img", "aria-label": label });
    const context = canvas.getContext("2d");
    const image = context.createImageData(size, size);
    const put = (values, channels, offset = 0) => {
      const area = size * size;
      for (let i = 0; i < area; i++) {
        for (let c = 0; c < 3; c++) image.data[4 * i + c] = 127.5 * (values[offset + (channels === 3 ? c : 0) * area + i] + 1);
        image.data[4 * i + 3] = 255;
      }
      context.putImageData(image, 0, 0);
    };
    return { canvas, put, figure: el("div", { className: "udt-live-panel" }, canvas, el("div", { className: "udt-live-caption" }, label)) };
  };

  /* The pictures of a data file, 64 × 64, as numbers in [-1, 1]. */
  kit.images = async (name, channels = 3) => {
    const bytes = await udtLive.data(name), length = channels * 64 * 64, out = [];
    for (let at = 0; at < bytes.length; at += length) out.push(Float32Array.from(bytes.subarray(at, at + length), v => v / 127.5 - 1));
    return out;
  };
  /* Pictures as keys to choose one; `words` say what each shows. */
  kit.thumbs = (label, images, channels, words, changed, chosen = 0) => kit.choice(label, images.map((values, k) => {
    const small = kit.picture(64, words[k]);
    small.put(values, channels);
    small.canvas.className = "";
    return [k, small.canvas, words[k]];
  }), chosen, changed);
  kit.EMOJI = ["jack-o-lantern", "crocodile", "smiling face", "lion", "mushroom", "duck", "fish", "house"];
  /* Pens in several colours. */
  kit.palette = (pad, colours) => kit.choice("Pen", colours.map(([colour, word]) => {
    const swatch = kit.el("span", { className: "udt-live-swatch" });
    swatch.style.background = colour;
    return [colour, swatch, word];
  }), pad.ink, colour => { pad.ink = colour; });
  kit.COLOURS = [["#1d1d1b", "black"], ["#ffffff", "white"], ["#e0343c", "red"], ["#f58a1f", "orange"], ["#fbc82e", "yellow"], ["#3ba55b", "green"],
    ["#3b88e8", "blue"], ["#8a5a3b", "brown"], ["#f7a8b8", "pink"]];

  /* The newest request is answered, those between are dropped: a model may be slower than a finger. */
  kit.latest = work => {
    let running = null, again = false;
    return () => {
      again = true;
      running ??= (async () => {
        try { while (again) { again = false; await work(); } } catch (error) { console.error(error); } finally { running = null; }
      })();
      return running;
    };
  };

  /* Calls step(seconds) at every frame while the figure is on the screen; returns { playing, set(on) }. */
  kit.loop = step => {
    let on = false, visible = true, before = 0;
    const frame = now => {
      if (!on || !visible || !host.isConnected) { before = 0; return; }
      if (before) step(Math.min((now - before) / 1000, 0.05));
      before = now;
      requestAnimationFrame(frame);
    };
    new IntersectionObserver(([entry]) => {
      const was = visible;
      visible = entry.isIntersecting;
      if (visible && !was && on) requestAnimationFrame(frame);
    }).observe(stage);
    return { get playing() { return on; }, set(value) { if (value !== on) { on = value; if (on) requestAnimationFrame(frame); } } };
  };

  /* A pad to draw on. `size` pixels are read from it, `pen` is its width in those pixels, ground and ink are CSS colours.
     Mouse, pen or finger draw; with keys, arrows move a cross, and the space bar puts the pen down or lifts it. */
  kit.pad = ({ size, pen, ground, ink, label, changed }) => {
    kit.hint("Arrow keys move the pen, the space bar puts it down or lifts it, Delete empties the page, Ctrl Z takes a stroke back.");
    const fine = 4 * size, canvas = el("canvas", {
      width: fine, height: fine, className: "udt-live-picture udt-live-pad", tabIndex: 0, role: "application",
      "aria-label": `${label}. Draw with a mouse or finger; or use the arrow keys to move the pen, the space bar to put it down or lift it, and Delete to clear.`,
    });
    const paper = el("canvas", { width: fine, height: fine }), context = paper.getContext("2d", { willReadFrequently: true });
    const small = el("canvas", { width: size, height: size }).getContext("2d", { willReadFrequently: true });
    const shown = canvas.getContext("2d");
    const pad = { canvas, ink, pen, stamp: null };
    let at = null, cursor = [fine / 2, fine / 2], down = false, before = [];
    const show = () => {
      shown.drawImage(paper, 0, 0);
      if (document.activeElement === canvas && canvas.matches(":focus-visible")) {
        const [x, y] = cursor, arm = fine / 24;
        shown.lineWidth = fine / 90;
        for (const [colour, gap] of [["#ffffff", 1.5], ["#c8442c", 0]]) {
          shown.strokeStyle = colour;
          shown.beginPath();
          shown.moveTo(x - arm, y + gap); shown.lineTo(x + arm, y + gap);
          shown.moveTo(x + gap, y - arm); shown.lineTo(x + gap, y + arm);
          if (down) shown.arc(x, y, arm * 0.7, 0, 7);
          shown.stroke();
        }
      }
    };
    const told = () => { show(); changed(); };
    const remember = () => { before.push(context.getImageData(0, 0, fine, fine)); if (before.length > 20) before.shift(); };
    const line = (from, to) => {
      context.strokeStyle = context.fillStyle = pad.ink;
      context.lineCap = context.lineJoin = "round";
      context.lineWidth = 4 * pad.pen;
      context.beginPath();
      if (pad.stamp) pad.stamp(context, to, fine);
      else if (from[0] === to[0] && from[1] === to[1]) { context.arc(to[0], to[1], 2 * pad.pen, 0, 7); context.fill(); }
      else { context.moveTo(...from); context.lineTo(...to); context.stroke(); }
    };
    const place = event => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width * fine, (event.clientY - box.top) / box.height * fine];
    };
    canvas.addEventListener("pointerdown", event => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      remember(); at = place(event); line(at, at); told();
    });
    canvas.addEventListener("pointermove", event => {
      if (!at) return;
      for (const each of event.getCoalescedEvents?.() || [event]) { const to = place(each); if (!pad.stamp) line(at, to); at = to; }
      told();
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { at = null; });
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    canvas.addEventListener("keydown", event => {
      if (event.key === " ") { down = !down; if (down) { remember(); line(cursor, cursor); } if (pad.stamp) down = false; told(); }
      else if (event.key in moves) {
        const to = cursor.map((value, k) => Math.max(0, Math.min(fine, value + moves[event.key][k] * fine / 32)));
        if (down) line(cursor, to);
        cursor = to;
        if (down) told(); else show();
      } else if (event.key === "Delete" || event.key === "Backspace") pad.clear();
      else if ((event.ctrlKey || event.metaKey) && event.key === "z") pad.undo();
      else return;
      event.preventDefault();
    });
    for (const kind of ["focus", "blur"]) canvas.addEventListener(kind, () => { if (kind === "blur") down = false; show(); });
    pad.fill = colour => { context.fillStyle = colour; context.fillRect(0, 0, fine, fine); };
    pad.clear = () => { remember(); pad.fill(ground); told(); };
    pad.undo = () => { const image = before.pop(); if (image) { context.putImageData(image, 0, 0); told(); } };
    /* Show pixels, values in [-1, 1], channel first, as if they had been drawn. */
    pad.put = (values, channels) => {
      const image = small.createImageData(size, size), area = size * size;
      for (let i = 0; i < area; i++) {
        for (let c = 0; c < 3; c++) image.data[4 * i + c] = 127.5 * (values[(channels === 3 ? c : 0) * area + i] + 1);
        image.data[4 * i + 3] = 255;
      }
      small.putImageData(image, 0, 0);
      context.imageSmoothingEnabled = false;
      context.drawImage(small.canvas, 0, 0, fine, fine);
      told();
    };
    /* The drawing as numbers in [-1, 1], averaged over areas, channel first. */
    pad.values = channels => {
      const fineData = context.getImageData(0, 0, fine, fine).data, area = size * size, out = new Float32Array(channels * area);
      for (let c = 0; c < channels; c++) for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) {
        let sum = 0;
        for (let v = 0; v < 4; v++) for (let u = 0; u < 4; u++) sum += fineData[4 * ((4 * y + v) * fine + 4 * x + u) + c];
        out[c * area + y * size + x] = sum / 16 / 127.5 - 1;
      }
      return out;
    };
    /* Draw a polyline, coordinates in pixels of the picture: for examples. */
    pad.trace = points => { for (let k = 1; k < points.length; k++) line(points[k - 1].map(v => 4 * v), points[k].map(v => 4 * v)); };
    pad.show = show;
    pad.tell = told;
    pad.figure = el("div", { className: "udt-live-panel" }, canvas, el("div", { className: "udt-live-caption" }, label));
    pad.fill(ground);
    show();
    return pad;
  };
  return kit;
};
