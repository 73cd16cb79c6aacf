// The buffer shows once « Shopify » is ticked; without this script it always does. The editor is named by its label.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const ticked = document.getElementById("id_shopify");
  const buffer = document.querySelector(".form-row.field-shopify_buffer");
  if (!ticked || !buffer) return;
  const show = () => {
    buffer.hidden = !ticked.checked && !buffer.classList.contains("errors");
  };
  ticked.addEventListener("change", show);
  show();
});

document.addEventListener("prose-editor:ready", ({ target }) => {
  const written = target.closest(".prose-editor")?.querySelector("[contenteditable]");
  const labels = [target.closest(".form-row")?.querySelector("label"), target.closest(".language")?.querySelector("label")];
  written?.setAttribute("aria-label", labels.map((label) => label?.textContent.trim() ?? "").join(" ").trim());
  written?.setAttribute("aria-multiline", "true");
  if (target.lang) written?.setAttribute("lang", target.lang);
});
