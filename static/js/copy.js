// Adds « Copier » beside each value that is typed elsewhere. Without it, one touch takes the whole value.
(function () {
  "use strict";
  if (!navigator.clipboard) return;

  function buttonFor(name, value) {
    const text = value.textContent.trim();
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button copy";
    button.innerHTML = '<span aria-live="polite">Copier</span><span class="visually-hidden"></span>';
    button.lastChild.textContent = `\u00a0: ${name.textContent}`;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text);
      button.firstChild.textContent = "Copié";
      setTimeout(() => (button.firstChild.textContent = "Copier"), 2000);
    });
    return button;
  }

  document.querySelectorAll(".to-copy dt").forEach((name) => {
    const value = name.nextElementSibling;
    if (!("nothing" in value.dataset)) value.append(buttonFor(name, value));
  });
})();
