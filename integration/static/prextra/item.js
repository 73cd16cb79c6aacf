// The buffer shows once « Shopify » is ticked; without this script it always does.
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
