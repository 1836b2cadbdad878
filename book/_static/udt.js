/* What the pages do by themselves: players that start when they come near, formulas that fit the column, parts that
   scroll and can be reached by key, pictures that grow under a click, guesses before a table opens. No dependency. */
(function () {
  "use strict";
  var doc = document;
  var each = function (selector, act, root) { (root || doc).querySelectorAll(selector).forEach(act); };

  /* Players sleep until the reader is near: their frames are files that nobody needs before */
  function wake(script) {
    var awake = doc.createElement("script");
    awake.textContent = script.textContent;
    script.replaceWith(awake);
  }
  function watchPlayers() {
    var near = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) return;
        near.unobserve(entry.target);
        entry.target.udtScripts.forEach(wake);
      });
    }, { rootMargin: "600px" });
    each("script.udt-asleep", function (script) {
      var owner = script.parentElement;
      if (!owner.udtScripts) { owner.udtScripts = []; near.observe(owner); }
      owner.udtScripts.push(script);
    });
  }

  /* A formula a little wider than its column is set smaller; a much wider one scrolls by itself */
  function fitFormulas() {
    each("mjx-container[display='true']", function (formula) {
      if (formula.udtSize === undefined) formula.udtSize = formula.style.fontSize;  // as MathJax matched it to the text
      formula.style.fontSize = formula.udtSize;
      var over = formula.clientWidth / formula.scrollWidth;
      if (formula.clientWidth && over < 1) {
        var now = parseFloat(getComputedStyle(formula).fontSize);
        formula.style.fontSize = Math.max(over * 0.985, 0.7) * now + "px";
      }
    });
  }

  /* What scrolls sideways can be reached by key, says so, and fades at its end */
  function markScrolling() {
    var wide = "pre, mjx-container[display='true'], .pst-scrollable-table-container, .cell_output, .cell_output .output, " +
      ".text_html, .udt-dots-row figure, .math, dl, .udt-heat";
    each(wide, function (part) {
      if (!/auto|scroll/.test(getComputedStyle(part).overflowX)) return;
      var over = part.scrollWidth > part.clientWidth + 1;
      part.classList.toggle("udt-scrolls", over);
      if (over && part.tabIndex < 0) {  // the theme sets -1 where nothing scrolls at first
        part.tabIndex = 0;
        if (!part.hasAttribute("role") && !part.matches("mjx-container, dl")) {
          part.setAttribute("role", "region");
          part.setAttribute("aria-label", part.matches("pre") ? "Code, scrolls sideways" : "Scrolls sideways");
        }
      }
    });
  }

  /* Names for what the theme draws without any */
  function nameThings() {
    each("input.toctree-checkbox", function (box) {
      var item = box.closest("li"), link = item && item.querySelector("a");
      box.setAttribute("aria-label", "Show the pages of " + (link ? link.textContent.trim() : "this part"));
    });
    each("button:not([aria-label])[title]", function (button) {
      if (!button.textContent.trim()) button.setAttribute("aria-label", button.title);
    });
    each("input.sidebar-toggle, input[name='__primary'], input[name='__secondary']", function (box) {
      box.setAttribute("aria-label", "Sidebar"); box.tabIndex = -1;
    });
    each("label.toctree-toggle", function (label) { label.setAttribute("aria-hidden", "true"); });
    each("details > summary[aria-label]", function (summary) { summary.removeAttribute("aria-label"); });
  }

  /* A click on a picture shows it as large as the window, a second one as large as it is */
  function growPictures() {
    var stage = doc.createElement("dialog");
    stage.className = "udt-stage";
    stage.setAttribute("aria-label", "Picture, enlarged");
    stage.innerHTML = '<form method="dialog"><button aria-label="Close">×</button></form><div tabindex="0"></div><p></p>';
    doc.body.appendChild(stage);
    var room = stage.querySelector("div"), words = stage.querySelector("p");
    function open(figure, image) {
      var large = new Image();
      large.src = image.currentSrc || image.src;
      large.alt = image.alt;
      room.replaceChildren(large);
      var caption = figure.querySelector("figcaption");
      words.textContent = caption ? caption.textContent.replace(/#$/, "").trim() : "";
      stage.classList.remove("whole");
      stage.showModal();
    }
    room.addEventListener("click", function () { stage.classList.toggle("whole"); });
    stage.addEventListener("click", function (event) { if (event.target === stage) stage.close(); });
    each(".bd-article figure", function (figure) {
      if (figure.closest("[data-udt-player], udt-live, .udt-gallery") || figure.matches("[data-udt-player]")) return;
      each("img", function (image) {
        if (image.closest("a[href*='.html'], button")) return;
        var button = doc.createElement("button");
        button.type = "button";
        button.className = "udt-grow";
        button.setAttribute("aria-label", "Enlarge: " + image.alt.slice(0, 60));
        button.addEventListener("click", function (event) { event.preventDefault(); open(figure, image); });
        var link = image.closest("a");
        (link || image).replaceWith(button);
        button.appendChild(image);
        // the room that the picture took in a row of panels
        if (image.getAttribute("width")) button.style.maxWidth = image.getAttribute("width") + "px";
      }, figure);
    });
  }

  /* A guess first: what answers it is folded until one of the buttons has been pressed */
  function askFirst() {
    each(".udt-guess", function (question) {
      var until = [];
      for (var part = question.nextElementSibling; part && !part.matches("h2, h3, section, .udt-guess"); part = part.nextElementSibling)
        until.push(part);
      question.hidden = false;
      until.forEach(function (part) { part.classList.add("udt-held"); });
      each("button", function (button) {
        button.addEventListener("click", function () {
          until.forEach(function (part) { part.classList.remove("udt-held"); });
          each("button", function (other) {
            other.disabled = true;
            other.setAttribute("aria-pressed", String(other === button));
          }, question);
          var right = question.dataset.right ? question.dataset.right.split("|") : [];
          var said = button.textContent.trim(), reply = question.querySelector("output");
          var hit = right.indexOf(said) >= 0;
          reply.textContent = said === "Just show me" ? question.dataset.because
            : (hit ? "Yes. " : "You said: " + said + ". ") + question.dataset.because;
          markScrolling();
        });
      }, question);
    });
  }

  function settle() { fitFormulas(); markScrolling(); }
  function start() {
    nameThings(); growPictures(); askFirst(); watchPlayers(); markScrolling();
    var typeset = window.MathJax && MathJax.startup && MathJax.startup.promise;
    if (typeset) typeset.then(settle);
    var waiting;
    window.addEventListener("resize", function () { clearTimeout(waiting); waiting = setTimeout(settle, 120); });
    each("details", function (part) { part.addEventListener("toggle", settle); });
    window.addEventListener("beforeprint", function () {
      each("details:not([open])", function (part) {
        if (!part.matches(".above-input, .admonition.hide")) { part.open = true; part.classList.add("udt-for-print"); }
      });
      each("script.udt-asleep", wake);
      each("img[loading=lazy]", function (image) { image.loading = "eager"; });
    });
    window.addEventListener("afterprint", function () {
      each(".udt-for-print", function (part) { part.open = false; part.classList.remove("udt-for-print"); });
    });
  }
  if (doc.readyState === "loading") doc.addEventListener("DOMContentLoaded", start); else start();
  // MathJax, and the script that adds buttons for copying, may start after this one
  window.addEventListener("load", function () {
    each("button.copybtn", function (button) { button.setAttribute("aria-label", "Copy this code"); });
    if (window.MathJax && MathJax.startup && MathJax.startup.promise) MathJax.startup.promise.then(settle);
  });
})();
