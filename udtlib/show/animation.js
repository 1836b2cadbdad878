function start(name, facts) {
  // The same output can stand on a page twice (a second view of a notebook): every copy gets its own state.
  document.querySelectorAll('[data-udt-player="' + name + '"]:not([data-udt-ready])').forEach(function (figure) {
    figure.setAttribute("data-udt-ready", "");
    var images = figure.querySelectorAll("img");
    var bar = figure.querySelector(".udt-controls");
    var button = bar.querySelector("button");
    var slider = bar.querySelector("input");
    var label = bar.querySelector("output");
    var last = facts.frames.length - 1;
    var timer = null;
    // Decoded once, so that no frame flickers when it is first shown.
    facts.frames.forEach(function (panels) { panels.forEach(function (source) { new Image().src = source; }); });
    function show(index) {
      facts.frames[index].forEach(function (source, k) { images[k].src = source; });
      slider.value = index;
      slider.setAttribute("aria-valuetext", facts.labels[index]);
      label.textContent = facts.labels[index];
    }
    function pause() {
      clearInterval(timer);
      timer = null;
      button.textContent = "\u25B6";
      button.setAttribute("aria-label", "Play");
    }
    function step() {
      var next = Number(slider.value) + 1;
      if (next > last && !facts.loop) { pause(); return; }
      show(next > last ? 0 : next);
    }
    function play() {
      if (timer !== null) return;
      if (Number(slider.value) === last) show(0);
      timer = setInterval(step, facts.interval);
      button.textContent = "\u275A\u275A";
      button.setAttribute("aria-label", "Pause");
    }
    button.addEventListener("click", function () { timer === null ? play() : pause(); });
    slider.addEventListener("input", function () { pause(); show(Number(slider.value)); });
    // A notebook must not take the arrow keys for moving between cells.
    slider.addEventListener("keydown", function (event) { event.stopPropagation(); });
    bar.hidden = false;
    bar.style.display = "flex";
    var still = window.matchMedia && window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (facts.loop && !still) play();
  });
}
