// How far a synchronisation is, asked for each second; a new state, or the end, shows the page anew.
(() => {
  "use strict";

  const box = document.querySelector("[data-progress]");
  if (!box) {
    return;
  }
  const bar = box.querySelector("progress");
  const count = box.querySelector("[data-count]");
  const stage = box.querySelector("[data-stage]");

  const show = (answer) => {
    if (stage.textContent.trim() !== answer.stage) {
      stage.textContent = answer.stage; // said aloud only where it changes
    }
    count.textContent = answer.count;
    if (!bar) {
      return; // nobody has begun
    }
    if (answer.done) {
      bar.max = answer.total;
      bar.value = answer.done;
    } else {
      bar.removeAttribute("value");
    }
  };

  const ask = async () => {
    try {
      const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
      if (answer.redirected || answer.status === 403) {
        location.reload(); // no longer logged in: the page itself leads to the login
        return;
      }
      if (answer.ok) {
        const told = await answer.json();
        if (told.state !== box.dataset.state) {
          location.reload();
          return;
        }
        show(told);
      }
    } catch {
      // The server does not answer for the moment: it is asked again.
    }
    setTimeout(ask, 1000);
  };

  setTimeout(ask, 1000);
})();
