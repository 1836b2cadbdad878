// A label map to draw on. The model holds what both sides know; each view has its own brush, cursor and past.

const MOST_STEPS = 100; // of undo

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// A copy that owns its memory: what is sent to Python must be a whole buffer.
function copyOf(data) {
  return new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength).slice();
}

function same(a, b) {
  return a.length === b.length && a.every((value, k) => value === b[k]);
}

function bytesOf(colour) {
  return [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16));
}

function makePage(palette, shape, brush) {
  const [height, width] = shape;
  const most = Math.max(brush, Math.ceil(Math.min(height, width) / 4));
  const page = {
    canvas: element("canvas", {
      width, height, tabindex: "0", role: "application",
      "aria-label": `Label map, ${width} by ${height}. Draw with the pointer, or move the brush with the arrow keys ` +
        "and paint with Enter.",
    }),
    cursor: element("div", { class: "udt-cursor" }),
    image: element("img", { alt: "The translation of the label map", draggable: "false" }),
    status: element("output"),
    error: element("p", { class: "udt-error", role: "alert" }),
    size: element("input", { type: "range", min: 1, max: most, step: 1, value: brush, "aria-label": "Brush size" }),
    sizeText: element("output", {}, String(brush)),
    undo: element("button", { type: "button" }, "Undo"),
    reset: element("button", { type: "button" }, "Reset"),
    inks: palette.map(({ name, colour }) => element("button", { type: "button", "aria-pressed": "false" },
      element("span", { class: "udt-swatch", style: `background:${colour}`, "aria-hidden": "true" }), name)),
  };
  page.cursor.hidden = true;
  const panel = (title, ...children) => element("div", { class: "udt-panel" },
    element("p", { class: "udt-title" }, ...title), element("div", { class: "udt-stage" }, ...children));
  page.root = element("div", { class: "udt-painter", "data-lm-suppress-shortcuts": "true" },
    element("div", { class: "udt-palette", role: "group", "aria-label": "Label to draw" }, ...page.inks),
    element("div", { class: "udt-tools" },
      element("label", {}, "Brush", page.size, page.sizeText), page.undo, page.reset),
    element("div", { class: "udt-row" },
      panel(["Labels: draw here"], page.canvas, page.cursor),
      panel(["Translation", page.status], page.image)),
    page.error);
  return page;
}

function render({ model, el }) {
  const palette = model.get("palette");
  const [height, width] = model.get("edited").shape;
  const colours = palette.map(({ colour }) => bytesOf(colour));
  const page = makePage(palette, [height, width], model.get("brush"));
  let map = copyOf(model.get("edited").data);
  let past = [];
  let ink = 0;
  let brush = Number(page.size.value);
  let at = [Math.floor(width / 2), Math.floor(height / 2)];
  let drawing = false;

  function draw() {
    const context = page.canvas.getContext("2d");
    const pixels = context.createImageData(width, height);
    map.forEach((label, k) => pixels.data.set([...colours[label], 255], 4 * k));
    context.putImageData(pixels, 0, 0);
    page.undo.disabled = past.length === 0;
    page.reset.disabled = same(map, copyOf(model.get("original")));
  }
  function corner([column, row]) {
    const shift = Math.floor((brush - 1) / 2);
    return [column - shift, row - shift];
  }
  function point(cell) {
    at = cell;
    const [left, top] = corner(at);
    page.cursor.style.left = `${(100 * left) / width}%`;
    page.cursor.style.top = `${(100 * top) / height}%`;
    page.cursor.style.width = `${(100 * brush) / width}%`;
    page.cursor.style.height = `${(100 * brush) / height}%`;
  }
  function stamp(cell) {
    const [left, top] = corner(cell);
    for (let row = Math.max(0, top); row < Math.min(height, top + brush); row += 1) {
      for (let column = Math.max(0, left); column < Math.min(width, left + brush); column += 1) {
        map[row * width + column] = ink;
      }
    }
  }
  // Every cell between two, so that a fast stroke has no gaps.
  function line(from, to) {
    const steps = Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]), 1);
    for (let k = 0; k <= steps; k += 1) {
      stamp([0, 1].map((axis) => Math.round(from[axis] + ((to[axis] - from[axis]) * k) / steps)));
    }
  }
  function remember() {
    past = [...past, map.slice()].slice(-MOST_STEPS);
  }
  function send() {
    draw();
    page.status.textContent = "translating …";
    const stroke = model.get("edited").stroke + 1;
    model.set("edited", { stroke, shape: [height, width], data: map.slice() });
    model.save_changes();
  }
  // A stroke that changed nothing is neither sent nor remembered.
  function finish() {
    if (same(map, past[past.length - 1])) { past.pop(); draw(); } else send();
  }
  function undo() {
    if (past.length === 0) return;
    map = past.pop();
    send();
  }
  function reset() {
    remember();
    map = copyOf(model.get("original"));
    finish();
  }
  function choose(k) {
    ink = k;
    page.inks.forEach((button, j) => button.setAttribute("aria-pressed", String(j === k)));
  }
  function cellOf(event) {
    const box = page.canvas.getBoundingClientRect();
    const clip = (value, most) => Math.min(most - 1, Math.max(0, Math.floor(value)));
    return [clip(((event.clientX - box.left) / box.width) * width, width),
      clip(((event.clientY - box.top) / box.height) * height, height)];
  }

  page.canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    page.canvas.setPointerCapture(event.pointerId);
    drawing = true;
    remember();
    point(cellOf(event));
    stamp(at);
    draw();
  });
  page.canvas.addEventListener("pointermove", (event) => {
    if (!event.isPrimary) return;
    page.cursor.hidden = false;
    const cell = cellOf(event);
    if (drawing) { line(at, cell); draw(); }
    point(cell);
  });
  // Also the end of a stroke that the browser takes away, such as by a second finger.
  page.canvas.addEventListener("lostpointercapture", () => {
    if (drawing) { drawing = false; finish(); }
  });
  page.canvas.addEventListener("pointerleave", () => {
    page.cursor.hidden = document.activeElement !== page.canvas;
  });
  page.canvas.addEventListener("focus", () => { page.cursor.hidden = false; });
  page.canvas.addEventListener("blur", () => { page.cursor.hidden = true; });
  page.canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    if (move) {
      point([Math.min(width - 1, Math.max(0, at[0] + move[0])), Math.min(height - 1, Math.max(0, at[1] + move[1]))]);
    } else if (event.key === "Enter" || event.key === " ") {
      remember();
      stamp(at);
      finish();
    } else return;
    event.preventDefault();
  });
  // A notebook must not take the keys for its own commands.
  page.root.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z") {
      event.preventDefault();
      undo();
    }
  });
  page.inks.forEach((button, k) => button.addEventListener("click", () => choose(k)));
  page.size.addEventListener("input", () => {
    brush = Number(page.size.value);
    page.sizeText.textContent = String(brush);
    point(at);
  });
  page.undo.addEventListener("click", undo);
  page.reset.addEventListener("click", reset);

  function show() {
    const { stroke, image, error } = model.get("answer");
    if (stroke < model.get("edited").stroke) return; // a newer stroke is on its way to be translated
    page.status.textContent = "";
    page.image.src = image;
    page.image.classList.toggle("udt-stale", error !== "");
    page.error.textContent = error;
  }
  // Drawn in another view of the same widget, or set from Python.
  function adopt() {
    const data = copyOf(model.get("edited").data);
    if (drawing || same(map, data)) return;
    remember();
    map = data;
    draw();
  }

  choose(0);
  point(at);
  draw();
  show();
  model.on("change:answer", show);
  model.on("change:edited", adopt);
  el.append(page.root);
  return () => {
    model.off("change:answer", show);
    model.off("change:edited", adopt);
  };
}

export default { render };
