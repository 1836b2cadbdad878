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
      ".text_html, .udt-dots-row figure, .math, dl, .udt-heat, .udt-strip";
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

  /* Moves a sheet that is wider than its room to its first column, such that the ends of the rows' names are seen */
  function atFirst(room, width, first) { room.scrollLeft = width * first / 100 - 0.2 * room.clientWidth; }

  /* A click on a picture shows it as large as the window, a second one as large as it is */
  function growPictures() {
    var stage = doc.createElement("dialog");
    stage.className = "udt-stage";
    stage.setAttribute("aria-label", "Picture, enlarged");
    stage.innerHTML = '<form method="dialog"><button aria-label="Close">×</button></form>' +
      '<div tabindex="0" role="button" aria-label="Full size, or the whole picture"></div><p></p>';
    doc.body.appendChild(stage);
    var room = stage.querySelector("div"), words = stage.querySelector("p");
    function open(figure, image) {
      var large = new Image();
      large.src = image.currentSrc || image.src;
      large.alt = image.alt;
      room.replaceChildren(large);
      var caption = figure.querySelector("figcaption");
      words.textContent = caption ? caption.textContent.trim().replace(/#$/, "").trim() : "";
      // a sheet of samples that is fitted into a phone is no larger than before
      var whole = image.matches(".udt-sheet") && window.innerWidth < 640;
      stage.classList.toggle("whole", whole);
      image.closest("button").focus({ preventScroll: true });  // to which the focus comes back, after a tap as well
      stage.showModal();
      if (whole) large.decode().then(function () { atFirst(room, large.clientWidth, image.dataset.sheet.split(" ")[1]); }, function () {});
    }
    room.addEventListener("click", function () { stage.classList.toggle("whole"); });
    room.addEventListener("keydown", function (event) {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      stage.classList.toggle("whole");
    });
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
        if (image.matches(".udt-sheet")) {  // on a phone it is wider than the text, and moves under the finger
          var strip = doc.createElement("div");
          strip.className = "udt-strip";
          var sheet = image.dataset.sheet.split(" ");  // its width, and where its pictures begin, in per cent
          strip.style.setProperty("--udt-sheet", sheet[0] + "%");
          button.replaceWith(strip);
          strip.appendChild(button);
          atFirst(strip, strip.clientWidth * sheet[0] / 100, sheet[1]);
        }
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

  /* You are here: the section that is being read stands in the bar above, with how far the page has been read */
  function sayWhere() {
    var bar = doc.querySelector(".bd-header-article .header-article__inner");
    var heads = Array.prototype.slice.call(doc.querySelectorAll("article section > h2"));
    if (!bar || heads.length < 3) return;
    var here = doc.createElement("a"), line = doc.createElement("span"), waiting = false;
    here.className = "udt-here"; here.hidden = true;
    line.className = "udt-read";
    bar.insertBefore(here, bar.querySelector(".header-article-items__end"));
    bar.closest(".bd-header-article").appendChild(line);
    function look() {
      waiting = false;
      var now = null, room = doc.documentElement.scrollHeight - window.innerHeight;
      heads.forEach(function (head) { if (head.getBoundingClientRect().top < 100) now = head; });
      here.hidden = !now;
      line.style.transform = "scaleX(" + (now && room > 0 ? Math.min(1, window.scrollY / room) : 0) + ")";
      if (!now || here.udtHead === now) return;
      here.udtHead = now;
      here.textContent = now.textContent.replace(/#$/, "").trim();
      here.href = "#" + now.parentElement.id;
      here.setAttribute("aria-label", "You are here: " + here.textContent);
    }
    window.addEventListener("scroll", function () {
      if (!waiting) { waiting = true; requestAnimationFrame(look); }
    }, { passive: true });
    look();
  }

  /* The short reading: a button above folds all code of the chapter, each cell into a line that opens it again */
  function offerShort() {
    var cells = [], end = doc.querySelector(".bd-header-article .article-header-buttons");
    each("article div.cell > .cell_input", function (code) { cells.push(code); });
    if (!end || cells.length < 3) return;
    var button = doc.createElement("button"), short = false;
    button.type = "button";
    button.className = "btn btn-sm udt-short";
    function fold(code) {
      var line = doc.createElement("button");
      var lines = code.textContent.trim().split("\n").length;
      line.type = "button";
      line.className = "udt-code";
      line.textContent = "Code, " + lines + (lines === 1 ? " line" : " lines");
      line.setAttribute("aria-expanded", "false");
      line.addEventListener("click", function () {
        code.hidden = !code.hidden;
        line.setAttribute("aria-expanded", String(!code.hidden));
      });
      code.before(line);
      code.hidden = true;
    }
    function unfold(code) {
      if (code.previousElementSibling && code.previousElementSibling.matches(".udt-code")) code.previousElementSibling.remove();
      code.hidden = false;
    }
    function set(wanted) {
      // what is being read stays where it is
      var mark = Array.prototype.find.call(doc.querySelectorAll("article p, article h2, article figure"), function (part) {
        return part.getBoundingClientRect().top > 60;
      });
      var before = mark && mark.getBoundingClientRect().top;
      short = wanted;
      cells.forEach(short ? fold : unfold);
      button.textContent = short ? "Show code" : "Hide code";
      button.setAttribute("aria-pressed", String(short));
      try { localStorage.setItem("udt-short", short ? "1" : ""); } catch (error) { /* a private window: not kept */ }
      if (mark) window.scrollBy(0, mark.getBoundingClientRect().top - before);
    }
    button.addEventListener("click", function () { set(!short); });
    end.prepend(button);
    var kept = "";
    try { kept = localStorage.getItem("udt-short"); } catch (error) { /* as above */ }
    button.textContent = "Hide code";
    button.setAttribute("aria-pressed", "false");
    if (kept) set(true);
  }

  function settle() { fitFormulas(); markScrolling(); }
  function start() {
    nameThings(); growPictures(); askFirst(); watchPlayers(); sayWhere(); offerShort(); markScrolling();
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
