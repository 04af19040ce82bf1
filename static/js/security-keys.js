// allauth asks the browser for the key; what became of it people read here. Without this nothing would be said.
(function () {
  "use strict";
  const sentences = [...document.querySelectorAll("[data-key-error]")];

  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const { name } = event.detail.exception;
    const told = sentences.find((sentence) => sentence.dataset.keyError === name) || sentences.at(-1);
    for (const sentence of sentences) sentence.hidden = sentence !== told;
  });

  // It posts by itself once the key has answered. Without JavaScript the form is posted as it is, and the answer says why.
  for (const form of document.querySelectorAll("form[data-key]")) {
    form.addEventListener("submit", (event) => event.preventDefault());
  }
})();
