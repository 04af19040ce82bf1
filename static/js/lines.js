// Enhances the rows of an order: more rows without a round trip, and totals while typing. The server counts again.
(function () {
  "use strict";
  const table = document.querySelector("[data-lines]");
  if (!table) return;
  const body = table.tBodies[0];
  const total = document.getElementById("id_form-TOTAL_FORMS");
  const most = Number(document.getElementById("id_form-MAX_NUM_FORMS").value);

  function renumber(row, number) {
    row.querySelectorAll("input, select").forEach((field) => {
      field.name = field.name.replace(/^form-\d+-/, `form-${number}-`);
      field.id = field.id.replace(/^id_form-\d+-/, `id_form-${number}-`);
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
      const label = field.getAttribute("aria-label");
      if (label) field.setAttribute("aria-label", label.replace(/\d+$/, number + 1));
    });
  }

  function emptied(row) {
    row.querySelectorAll(".errorlist").forEach((errors) => errors.remove());
    row.querySelectorAll("input").forEach((field) => {
      if (!field.name.endsWith("-unit")) field.value = "";
    });
    return row;
  }

  function addRow() {
    const count = Number(total.value);
    if (count >= most) return null;
    const row = emptied(body.rows[body.rows.length - 1].cloneNode(true));
    renumber(row, count);
    body.append(row);
    total.value = count + 1;
    return row;
  }

  const amount = (text) => {
    const plain = text.replace(/[\s€]/g, "");
    const number = Number(plain.includes(",") ? plain.replace(/\./g, "").replace(",", ".") : plain);
    return Number.isFinite(number) ? number : 0;
  };
  const cents = (value) => Math.round((value + Number.EPSILON) * 100) / 100;
  const euros = new Intl.NumberFormat("fr-FR", { style: "currency", currency: "EUR" });

  function count() {
    const bases = new Map();
    for (const row of body.rows) {
      const value = (name) => row.querySelector(`[name$="-${name}"]`).value;
      const rate = Number(value("vat_rate"));
      bases.set(rate, (bases.get(rate) || 0) + cents(amount(value("quantity")) * amount(value("unit_price"))));
    }
    let ht = 0;
    let tva = 0;
    bases.forEach((base, rate) => {
      ht += base;
      tva += cents((base * rate) / 100);
    });
    const show = (name, value) => {
      document.querySelector(`[data-total="${name}"]`).textContent = euros.format(value);
    };
    show("ht", ht);
    show("tva", tva);
    show("ttc", ht + tva);
  }

  document.querySelector("[data-more]").addEventListener("click", (event) => {
    event.preventDefault();
    const row = addRow();
    if (row) row.querySelector("input").focus();
  });
  table.addEventListener("input", count);
  document.querySelector("[data-totals]").hidden = false;
  count();
})();
