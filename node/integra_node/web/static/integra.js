// Sugar only: every page works without it.
(function () {
  "use strict";
  // Ask before a half-written form is left; forms opt in with data-keep.
  let dirty = false;
  document.querySelectorAll("form[data-keep]").forEach(function (form) {
    form.addEventListener("input", function () { dirty = true; });
    form.addEventListener("submit", function () { dirty = false; });
  });
  window.addEventListener("beforeunload", function (event) {
    if (dirty) {
      event.preventDefault();
      event.returnValue = "";
    }
  });
  // A second click must not send a form twice.
  document.querySelectorAll("form").forEach(function (form) {
    let sent = 0;
    form.addEventListener("submit", function (event) {
      const now = Date.now();
      if (now - sent < 1500) { event.preventDefault(); }
      sent = now;
    });
  });
  // Put the reader where the problem is.
  const problem = document.querySelector(".problem[tabindex]");
  if (problem) { problem.focus(); }
}());
