/* Living figures: <udt-live figure="NAME"> around a poster. The poster is what a page shows at first, and all that it
   shows without JavaScript. On a click (or, with the attribute "auto", when it comes into view) the script
   figures/NAME.js is loaded and draws in the poster's place; runtime and weights are loaded then, never with the page.

   A page that was opened from a folder may not fetch() its neighbours. It may load scripts, so everything comes as one:
   a model is a line  udtLive.bytes("NAME", "…")  with gzip in base64, and the browser's own DecompressionStream opens it. */
"use strict";
(() => {
  const base = new URL(".", document.currentScript.src);
  const figures = {}, stored = {}, loading = {}, sessions = {};

  /* A neighbour's script, once. */
  function script(path) {
    loading[path] ??= new Promise((done, failed) => {
      const tag = document.createElement("script");
      tag.src = new URL(path, base).href;
      tag.onload = done;
      tag.onerror = () => failed(new Error(`${path} is missing: build the book again with make book`));
      document.head.append(tag);
    });
    return loading[path];
  }

  /* What a data script has brought, opened. */
  async function opened(name, path) {
    await script(path);
    const packed = Uint8Array.from(atob(stored[name]), c => c.charCodeAt(0));
    delete stored[name];
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }
  const pictures = {};
  const data = name => (pictures[name] ??= opened(name, `data/${name}.js`));

  /* ONNX Runtime Web. One thread: several need a server that sends special headers, which no folder does. The module
     that it imports is handed over as a blob, since a page from a folder may not import a neighbour either. */
  let starting;
  function runtime() {
    starting ??= (async () => {
      await script("runtime/ort.wasm.min.js");
      const wasm = await opened("ort.wasm", "runtime/ort.wasm.js");
      const module = await opened("ort.mjs", "runtime/ort.mjs.js");
      ort.env.wasm.numThreads = 1;
      ort.env.wasm.wasmBinary = wasm.buffer;
      ort.env.wasm.wasmPaths = { mjs: URL.createObjectURL(new Blob([module], { type: "text/javascript" })) };
      ort.env.logLevel = "error";
    })();
    return starting;
  }

  /* Calls of the runtime wait for one another: it is one machine with one stack. */
  let last = Promise.resolve();
  function inTurn(work) {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  }

  function session(name) {
    sessions[name] ??= (async () => {
      const [model] = await Promise.all([opened(name, `models/${name}.js`), runtime()]);
      return inTurn(() => ort.InferenceSession.create(model, { executionProviders: ["wasm"], logSeverityLevel: 3 }));
    })();
    return sessions[name];
  }

  /* One answer of a model: run("NAME", { x: [values, shape] }) → Float32Array. */
  async function run(name, inputs) {
    const net = await session(name);
    return inTurn(async () => {
      const feeds = {};
      for (const [key, [values, shape]] of Object.entries(inputs)) feeds[key] = new ort.Tensor("float32", values, shape);
      return (await net.run(feeds)).y.data;
    });
  }

  class LiveFigure extends HTMLElement {
    connectedCallback() {
      if (this.button) return;
      this.name = this.getAttribute("figure");
      this.setAttribute("role", "group");
      this.dataset.state = "poster";
      this.poster = [...this.childNodes];
      this.button = Object.assign(document.createElement("button"), {
        type: "button", className: "udt-live-open", textContent: this.getAttribute("invitation") || "Try it",
      });
      this.button.addEventListener("click", () => this.open(true));
      const pictures = [...this.querySelectorAll("img")], picture = pictures[0];   // in the light, and in the dark
      this.setAttribute("aria-label", this.getAttribute("title") || "Living figure");
      this.removeAttribute("title");   // it would pop up over the figure
      const frame = Object.assign(document.createElement("div"), { className: "udt-live-poster" });
      (picture ? picture.closest("p, figure") || picture : this.firstChild).before(frame);
      frame.append(...pictures);
      frame.append(this.button);
      this.frame = frame;
      if (this.hasAttribute("auto") && "IntersectionObserver" in window) {
        const seen = new IntersectionObserver(entries => {
          if (entries.some(entry => entry.isIntersecting)) { seen.disconnect(); this.open(false); }
        }, { rootMargin: "100px" });
        seen.observe(this);
      }
    }

    /* Load the figure and let it draw. `asked`: by the reader, whose focus then moves into it. */
    open(asked) {
      this.opening ??= (async () => {
        this.dataset.state = "loading";
        this.button.disabled = true;
        this.button.textContent = "Loading …";
        const stage = Object.assign(document.createElement("div"), { className: "udt-live-stage" });
        try {
          await Promise.all([script("kit.js"), script(`figures/${this.name}.js`)]);
          await figures[this.name](stage, udtLive.kit(this, stage), this);
        } catch (error) {
          console.error(error);
          this.dataset.state = "failed";
          this.button.textContent = `This figure could not start: ${error.message}`;
          return;
        }
        this.frame.replaceWith(stage);
        this.dataset.state = "open";
        this.dispatchEvent(new Event("udt-open"));
        if (asked) stage.querySelector("input, button, [tabindex]")?.focus({ preventScroll: true });
      })();
      return this.opening;
    }
  }

  window.udtLive = {
    figure(name, start) { figures[name] = start; },
    bytes(name, text) { stored[name] = text; },
    script, data, run, session,
  };
  customElements.define("udt-live", LiveFigure);
})();
