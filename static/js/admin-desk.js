// What Django's own widgets lack for those who hear a page, or read French.
"use strict";

const FRENCH = { True: "Oui", False: "Non", None: "Inconnu" };

// The search box that stands for a list of choices has no name of its own: it takes that of its label.
function nameSearchBox(select) {
  const box = select.parentElement.querySelector("[role=combobox]");
  const label = document.querySelector(`label[for="${select.id}"]`);
  if (!box || !label) return;
  box.setAttribute("aria-label", label.textContent.trim().replace(/\s*:$/, ""));
}

window.addEventListener("load", () => {
  document.querySelectorAll("select.admin-autocomplete").forEach(nameSearchBox);
  for (const icon of document.querySelectorAll('img[src*="/admin/img/icon-"]')) icon.alt = FRENCH[icon.alt] ?? icon.alt;
  // The choice of several: an icon with a name is a picture, and its title is always of several.
  for (const icon of document.querySelectorAll("span.help-tooltip[aria-label]")) icon.setAttribute("role", "img");
  for (const title of document.querySelectorAll(".selector label, .selector h2")) {
    for (const text of title.childNodes) {
      if (text.nodeType === Node.TEXT_NODE) text.data = text.data.replace("disponible(s)", "disponibles");
    }
  }
});

// A page that names keys hears them alone, for who wants it so: a button or link is pressed, a field is gone to. What is
// held down, or typed while the page is hardly there, was not meant for it.
const keys = document.querySelector("[data-keys]");
const NOT_YET = 500;

if (keys) {
  const alone = keys.querySelector("input");
  alone.checked = localStorage.getItem("desk-keys") !== "off";
  alone.closest("p").hidden = false;
  alone.addEventListener("change", () => localStorage.setItem("desk-keys", alone.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const elsewhere = event.altKey || event.ctrlKey || event.metaKey || event.repeat || event.target.matches("input:not([type=checkbox]), select, textarea");
    if (elsewhere || !alone.checked || performance.now() < NOT_YET) return;
    const wanted = [...document.querySelectorAll("[accesskey]")].find((one) => one.accessKey === event.key.toLowerCase());
    if (!wanted) return;
    event.preventDefault();
    if (wanted.matches("a, button")) wanted.click();
    else wanted.focus();
  });
}
