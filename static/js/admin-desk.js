// The search box that stands for a list of choices has no name of its own: it takes that of its label.
"use strict";

window.addEventListener("load", () => {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const box = select.parentElement.querySelector("[role=combobox]");
    const label = document.querySelector(`label[for="${select.id}"]`);
    if (box && label) box.setAttribute("aria-label", label.textContent.trim().replace(/\s*:$/, ""));
  }
});
