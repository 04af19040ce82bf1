// Enhances the choice of files: drop them anywhere on the field, see them, put photographs in order, watch them leave.
// The form works without it; with it, htmx sends the same post and the files stay chosen when it fails.
(function () {
  "use strict";
  const form = document.querySelector("[data-deposit]");
  const zone = form && form.querySelector("[data-drop]");
  if (!zone || !window.DataTransfer) return;
  const [chosen, camera] = zone.querySelectorAll("input[type=file]");
  const list = zone.querySelector("[data-files]");
  const sending = form.querySelector("[data-sending]");
  const broken = form.querySelector("[data-broken]");
  let files = [];

  const megabytes = (size) =>
    size < 1e5
      ? `${Math.ceil(size / 1000)}\u00a0ko`
      : `${(size / 1e6).toLocaleString("fr-FR", { maximumFractionDigits: 1 })}\u00a0Mo`;
  const isSame = (one, other) =>
    one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;

  function keep(more) {
    for (const file of more) if (!files.some((known) => isSame(known, file))) files.push(file);
    show();
  }

  function show() {
    const all = new DataTransfer();
    files.forEach((file) => all.items.add(file));
    chosen.files = all.files;
    list.replaceChildren(...files.map(row));
    list.hidden = files.length === 0;
  }

  function row(file, place) {
    const item = document.createElement("li");
    item.append(`${file.name} (${megabytes(file.size)}) `);
    if (place > 0) item.append(act("Monter", file, () => files.splice(place - 1, 0, files.splice(place, 1)[0])));
    item.append(act("Retirer", file, () => files.splice(place, 1)));
    return item;
  }

  function act(word, file, change) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--quiet";
    button.textContent = word;
    button.setAttribute("aria-label", `${word} ${file.name}`);
    button.addEventListener("click", () => {
      change();
      show();
      chosen.focus();
    });
    return button;
  }

  chosen.addEventListener("change", () => keep(Array.from(chosen.files)));
  camera.addEventListener("change", () => {
    keep(Array.from(camera.files));
    camera.value = "";
  });

  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("drop--over");
    });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("drop--over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    keep(Array.from(event.dataTransfer.files));
  });

  const bar = sending.querySelector("progress");
  const button = form.querySelector("button[type=submit]");

  // Once all has left, the server reads: the bar no longer knows how long.
  function shows(percent) {
    const isThere = percent >= 100;
    if (isThere) bar.removeAttribute("value");
    else bar.value = percent;
    sending.querySelector("[data-leaving]").hidden = isThere;
    sending.querySelector("[data-arrived]").hidden = !isThere;
  }

  function says(isSending, isBroken) {
    shows(0);
    sending.hidden = !isSending;
    broken.hidden = !isBroken;
    button.disabled = isSending;
  }

  form.setAttribute("hx-post", form.getAttribute("action") || window.location.href);
  form.setAttribute("hx-encoding", "multipart/form-data");
  form.setAttribute("hx-target", "[data-told]");
  form.setAttribute("hx-select", "[data-told]");
  form.setAttribute("hx-swap", "outerHTML show:top");
  if (window.htmx) window.htmx.process(form);
  form.addEventListener("htmx:beforeRequest", () => says(true, false));
  form.addEventListener("htmx:xhr:progress", (event) => {
    if (event.detail.lengthComputable) shows((event.detail.loaded / event.detail.total) * 100);
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout", "htmx:sendAbort"]) {
    form.addEventListener(name, (event) => says(false, event.detail.xhr?.status !== 429));
  }
  // « Trop d'essais »: its page says from when on.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 429) event.detail.shouldSwap = true;
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    const { successful, xhr } = event.detail;
    if (!successful || xhr.getResponseHeader("HX-Redirect")) return;
    says(false, false);
    // Sent to another page, to sign in anew for instance.
    if (new URL(xhr.responseURL).pathname !== window.location.pathname) window.location.assign(xhr.responseURL);
  });
  // Here the browser has not forgotten them.
  document.body.addEventListener("htmx:afterSettle", () => document.querySelector("[data-forgotten]")?.remove());
})();
