// « Test the connection » without leaving the page, so that the access token that was typed stays in its field.
// Without this script the form is sent, and the page comes back with the results.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const button = document.querySelector('button[name="_test"]');
  const results = document.getElementById("trial");
  if (!button || !results) return;
  const progress = document.getElementById("trial-progress");
  let isUnderWay = false;

  button.addEventListener("click", async (event) => {
    event.preventDefault();
    if (isUnderWay) return;
    wait(true);
    try {
      const body = new FormData(button.form);
      body.set(button.name, button.value);
      const answer = await fetch(location.pathname + location.search, { method: "POST", body });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.ok || !page.querySelector("#trial .card")) return leaveToBrowser();
      show(page);
    } catch {
      leaveToBrowser();
    } finally {
      wait(false);
    }
  });

  function wait(flag) {
    isUnderWay = flag;
    progress.hidden = !flag;
    button.setAttribute("aria-disabled", String(flag));
  }

  function show(page) {
    page.querySelectorAll("#trial [data-without-script]").forEach((element) => element.remove());
    results.replaceChildren(...page.querySelector("#trial").children);
    const [offered, fresh] = [document, page].map((one) => one.getElementById("id_location"));
    if (offered && fresh) {
      const chosen = offered.value;
      offered.replaceChildren(...fresh.children);
      offered.value = chosen;
    }
    results.scrollIntoView({ block: "start" });
    results.focus({ preventScroll: true });
  }

  /** Something is wrong with the form itself: the page says it. */
  function leaveToBrowser() {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = button.name;
    field.value = button.value;
    button.form.append(field);
    button.form.submit();
  }
});
