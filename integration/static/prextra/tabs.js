// Fieldsets of the class "tab" become tabs: arrows go from one to the other, an error opens its own, and the address
// keeps which one is open. Without this script they stand one below the other.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const fieldsets = [...document.querySelectorAll("fieldset.tab")].filter((fieldset) => headingOf(fieldset));
  if (fieldsets.length < 2) return;
  const panels = fieldsets.map(wrapped);
  const list = document.createElement("div");
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", document.querySelector("#content h1")?.textContent ?? document.title);
  const tabs = panels.map(tabOf);
  list.append(...tabs);
  panels[0].before(list);

  tabs.forEach((tab) => tab.addEventListener("click", () => open(tab)));
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined || at < 0) return;
    event.preventDefault();
    const tab = tabs.at(next % tabs.length);
    tab.focus();
    open(tab);
  });
  window.addEventListener("hashchange", () => follow(location.hash));
  open(tabs[Math.max(0, panels.findIndex(hasErrors))], false);
  if (!panels.some(hasErrors)) follow(location.hash);

  function open(tab, remember = true) {
    tabs.forEach((other, index) => {
      const chosen = other === tab;
      other.setAttribute("aria-selected", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
      panels[index].hidden = !chosen;
    });
    if (remember) history.replaceState(null, "", `#${tab.getAttribute("aria-controls")}`);
  }

  /** Opens the tab that holds what the address names: the tab itself, or a field within it. */
  function follow(hash) {
    const target = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
    const index = target ? panels.findIndex((panel) => panel.contains(target)) : -1;
    if (index < 0) return;
    open(tabs[index], false);
    if (target !== panels[index]) {
      target.scrollIntoView({ block: "center" });
      target.focus();
    }
  }

  function wrapped(fieldset, index) {
    const panel = document.createElement("div");
    panel.id = `tab-${index + 1}`;
    panel.setAttribute("role", "tabpanel");
    fieldset.before(panel);
    panel.append(fieldset);
    return panel;
  }

  function headingOf(panel) {
    return panel.querySelector(".fieldset-heading");
  }

  function hasErrors(panel) {
    return panel.querySelector(".errorlist, .errors") !== null;
  }

  function tabOf(panel) {
    const tab = document.createElement("button");
    tab.id = `${panel.id}-tab`;
    tab.type = "button";
    tab.textContent = headingOf(panel).textContent;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    tab.classList.toggle("has-errors", hasErrors(panel));
    panel.setAttribute("aria-labelledby", tab.id);
    return tab;
  }
});
