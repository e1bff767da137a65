(function () {
  "use strict";
  var root = document.documentElement;

  // The theme: as the system says, light or dark; remembered if the browser allows it.
  var themes = ["auto", "light", "dark"], button = document.getElementById("theme"), theme = "auto";
  function show(name) {
    theme = themes.indexOf(name) < 0 ? "auto" : name;
    if (theme === "auto") root.removeAttribute("data-theme"); else root.setAttribute("data-theme", theme);
    button.textContent = "theme: " + theme;
  }
  try { show(localStorage.getItem("hubdata-theme")); } catch (e) { show("auto"); }
  button.hidden = false;
  button.addEventListener("click", function () {
    show(themes[(themes.indexOf(theme) + 1) % themes.length]);
    try { localStorage.setItem("hubdata-theme", theme); } catch (e) { /* not remembered then */ }
  });

  // Tables: sorted by a column when its head is pressed, and unfolded.
  function key(row, column) {
    var cell = row.cells[column];
    return !cell ? "" : cell.hasAttribute("data-sort") ? cell.getAttribute("data-sort") : cell.textContent;
  }
  function number(text) { return text === "" ? NaN : Number(text.replace(/[,%+\s]/g, "")); }
  function sort(table, head, column) {
    var numbers = head.className === "n", was = head.getAttribute("aria-sort");
    var down = was ? was === "ascending" : numbers; // numbers begin with the largest
    var rows = Array.prototype.slice.call(table.tBodies[0].rows);
    unfold(table);
    rows.forEach(function (row, i) { row.place = i; });
    rows.sort(function (a, b) {
      var x = key(a, column), y = key(b, column), order;
      if (numbers) {
        x = number(x); y = number(y);
        if (isNaN(x) || isNaN(y)) return (isNaN(x) - isNaN(y)) || a.place - b.place; // what is none comes last
        order = x - y;
      } else order = x < y ? -1 : x > y ? 1 : 0;
      return (down ? -order : order) || a.place - b.place;
    });
    rows.forEach(function (row) { table.tBodies[0].appendChild(row); });
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (c) { c.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
  }
  function unfold(table) {
    var more = table.parentNode.nextElementSibling;
    if (table.classList.contains("folded")) more.hidden = true;
    table.classList.remove("folded");
  }
  Array.prototype.forEach.call(document.querySelectorAll("table"), function (table) {
    var body = table.tBodies[0];
    if (body.querySelector(".rest")) {
      var more = table.parentNode.nextElementSibling;
      table.classList.add("folded");
      more.hidden = false;
      more.querySelector("button").addEventListener("click", function () { unfold(table); });
    }
    if (body.rows.length < 2) return;
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
      var b = document.createElement("button");
      b.type = "button";
      b.textContent = head.textContent;
      head.textContent = "";
      head.appendChild(b);
      b.addEventListener("click", function () { sort(table, head, column); });
    });
  });

  // The contents show where the reader is.
  var links = {};
  Array.prototype.forEach.call(document.querySelectorAll("nav a"), function (a) { links[a.getAttribute("href").slice(1)] = a; });
  if (window.IntersectionObserver) {
    var seen = new IntersectionObserver(function (entries) {
      entries.forEach(function (e) {
        if (!e.isIntersecting || !links[e.target.id]) return;
        for (var id in links) links[id].removeAttribute("aria-current");
        links[e.target.id].setAttribute("aria-current", "true");
      });
    }, { rootMargin: "-10% 0px -80% 0px" });
    Array.prototype.forEach.call(document.querySelectorAll("main section"), function (s) { seen.observe(s); });
  }
})();
