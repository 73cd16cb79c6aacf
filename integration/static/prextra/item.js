// The buffer shows once « Shopify » is ticked; without this script it always does. The editor is named by its label, its buttons in the reader's language.
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

// The editor writes the names of its buttons in English: each is looked up as it appears.
document.addEventListener("DOMContentLoaded", () => {
  const translate = (button) => {
    for (const name of ["title", "aria-label"]) {
      const text = button.getAttribute(name);
      if (text && gettext(text) !== text) button.setAttribute(name, gettext(text));
    }
  };
  const translateOption = (option) => {
    if (!option.childElementCount && gettext(option.textContent) !== option.textContent) option.textContent = gettext(option.textContent);
  };
  const translateAll = () => {
    document.querySelectorAll(".prose-menubar button").forEach(translate);
    document.querySelectorAll(".prose-menubar__option > *").forEach(translateOption);
  };
  document.querySelectorAll(".prose-editor, .form-row.field-web_description").forEach((place) => {
    new MutationObserver(translateAll).observe(place, { childList: true, subtree: true });
  });
  translateAll();
});
