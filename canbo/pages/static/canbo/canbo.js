/* The little that pages need from a script; every page works without it. */
"use strict";

// Ctrl-K or Command-K: to the search.
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    const find = document.getElementById("find");
    if (find) {
      event.preventDefault();
      find.focus();
      find.select();
    }
  }
  if (event.key === "Escape") closeOthers(null);
});

// Sheets of the top bar: one at a time, closed by a click beside them or by Escape (focus goes back).
function closeOthers(kept) {
  for (const open of document.querySelectorAll("details:is(.pop, .more)[open]")) {
    if (open === kept) continue;
    if (open.contains(document.activeElement)) open.querySelector("summary").focus();
    open.open = false;
  }
}
document.addEventListener("click", (event) => closeOthers(event.target.closest("details:is(.pop, .more)")));

// What stands open beside the page on a wide screen begins closed on a phone.
if (window.matchMedia("(max-width: 720px)").matches) {
  for (const wide of document.querySelectorAll("details[data-wide]")) wide.open = false;
}

// Buttons that print the page.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// A slider and the field that it fills: whichever is moved, the other follows.
document.addEventListener("input", (event) => {
  const other = event.target.dataset.moves && document.getElementById(event.target.dataset.moves);
  if (other) other.value = event.target.value;
}, true);

// A file chosen for upload fills the text field beside it, so that it can be read before it is sent.
document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches("input[type=file][data-fills]") || !input.files.length) return;
  input.files[0].text().then((text) => { document.getElementById(input.dataset.fills).value = text; });
});

// What came in through htmx is told to screen readers.
document.addEventListener("htmx:load", (event) => {
  const fresh = event.detail.elt;
  const told = fresh.matches("[data-tell]") ? fresh : fresh.querySelector("[data-tell]");
  if (told) document.getElementById("live").textContent = told.dataset.tell;
});
document.addEventListener("htmx:responseError", (event) => {
  document.getElementById("live").textContent = String(event.detail.xhr.status);
});
