"use strict";

// Tells the name of the coming download and, once the browser has it, what to do next.
const form = document.getElementById("signing");
const file = document.getElementById("file");
const after = document.getElementById("after");

function showChoice() {
  after.hidden = true;
  const chosen = document.getElementById("chosen");
  const name = file.files.length ? file.files[0].name : "";
  chosen.textContent = name || chosen.dataset.none;
  document.getElementById("result-name").textContent =
    (name || "AuthTokenRequest").replace(/\.xml$/i, "") + "-signed.xml";
}

file.addEventListener("change", showChoice);
// Going back in the browser keeps the chosen file without telling so.
window.addEventListener("pageshow", showChoice);

// An error answer replaces this page; only a download leaves it standing.
form.addEventListener("submit", () => {
  window.setTimeout(() => {
    after.hidden = false;
    after.scrollIntoView({ block: "nearest" });
  }, 700);
});
