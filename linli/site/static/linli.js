/* Linli: small helps for people whose browser runs scripts. Every page works without this file. No eval, no inline code. */
(() => {
  "use strict";
  const root = document.documentElement, say = document.body.dataset;
  const all = (css, from = document) => [...from.querySelectorAll(css)];
  root.classList.add("js");

  /* Words come, translated, from base.html. */
  const words = (key, n) => (say[key] || "").replace("{n}", n);

  /* A failed form opens on its mistakes. */
  const focusSummary = (from) => from.querySelector?.(".error-summary")?.focus();

  /* Characters left, for every text field with maxlength. */
  function counters(from) {
    all(".field textarea[maxlength], .field input[data-count][maxlength]", from).forEach((box) => {
      if (box.dataset.ready) return;
      box.dataset.ready = "1";
      const line = document.createElement("p"), live = document.createElement("p");
      let timer;
      line.className = "left";
      line.setAttribute("aria-hidden", "true");
      live.className = "unseen";
      live.setAttribute("role", "status");
      const show = () => {
        const left = box.maxLength - box.value.length;
        line.textContent = words("tLeft", left);
        line.classList.toggle("over", left < 10);
        clearTimeout(timer);
        timer = setTimeout(() => { live.textContent = left < 50 ? line.textContent : ""; }, 1000);
      };
      box.after(line, live);
      box.addEventListener("input", show);
      show();
    });
  }

  /* Toasts leave by themselves, but wait while somebody reads or points; errors, and elder mode, wait for the person. */
  function toasts(from) {
    all(".toast", from).forEach((toast) => {
      if (toast.dataset.ready) return;
      toast.dataset.ready = "1";
      toast.querySelector("[data-close]")?.addEventListener("click", () => toast.remove());
      if (toast.hasAttribute("data-stay") || root.dataset.mode === "elder") return;
      let timer;
      const stop = () => clearTimeout(timer);
      const start = () => { stop(); timer = setTimeout(() => toast.remove(), toast.querySelector("form") ? 20000 : 9000); };
      toast.addEventListener("mouseenter", stop);
      toast.addEventListener("focusin", stop);
      toast.addEventListener("mouseleave", start);
      toast.addEventListener("focusout", start);
      start();
    });
  }

  /* Photos are checked for size and shown before they are sent. Canvas needs no blob: in the content security policy. */
  async function photos(input) {
    const box = input.closest("[data-photo]"), limit = Number(box.dataset.maxMb) || 10;
    const thumbs = box.querySelector(".thumbs"), note = box.querySelector("[data-photo-note]");
    const files = [...input.files];
    thumbs.replaceChildren();
    const heavy = files.filter((file) => file.size > limit * 1048576);
    note.textContent = heavy.length ? heavy.map((file) => file.name).join("、") + " " + words("tHeavy", limit) : "";
    if (heavy.length) { input.value = ""; return; }
    for (const file of files.slice(0, 9)) {
      if (!file.type.startsWith("image/")) continue;
      try {
        const picture = await createImageBitmap(file);
        const canvas = document.createElement("canvas"), side = Math.min(picture.width, picture.height);
        canvas.width = canvas.height = 192;
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", file.name);
        canvas.getContext("2d").drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, 192, 192);
        thumbs.append(canvas);
      } catch { note.textContent = file.name; }
    }
  }

  /* Bulk bar: how many are chosen, and one box for all on the page. */
  function recount(form) {
    const boxes = all("[data-pick]", form), chosen = boxes.filter((box) => box.checked).length;
    const everything = form.querySelector("[data-pick-all]");
    all("[data-picked]", form).forEach((place) => { place.textContent = words("tPicked", chosen); });
    all(".bulk", form).forEach((bar) => bar.classList.toggle("bulk-idle", !chosen));
    all(".bulk button", form).forEach((button) => { button.disabled = !chosen; });
    if (everything) {
      everything.checked = chosen > 0 && chosen === boxes.length;
      everything.indeterminate = chosen > 0 && chosen < boxes.length;
    }
  }

  /* j / k move, enter opens (the browser does that), x chooses. The person can switch letters off (WCAG 2.1.4). */
  const keysOff = () => { try { return localStorage.getItem("linli-keys") === "off"; } catch { return false; } };
  const hints = () => all("[data-keys-toggle]").forEach((button) => {
    button.textContent = words(keysOff() ? "tKeysOn" : "tKeysOff");
    button.setAttribute("aria-pressed", String(keysOff()));
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || keysOff()) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog")) return;
    const items = all("[data-keys] > *").filter((item) => item.querySelector("a[href]"));
    const here = items.findIndex((item) => item.contains(document.activeElement));
    const step = { j: 1, k: -1 }[event.key];
    if (step && items.length) {
      event.preventDefault();
      const goal = items[here < 0 ? 0 : Math.max(0, Math.min(items.length - 1, here + step))].querySelector("a[href]");
      goal.focus();
      goal.scrollIntoView({ block: "nearest" });
    } else if (event.key === "x" && here >= 0) {
      items[here].querySelector("[data-pick]")?.click();
    }
  });

  /* Leaving with unsaved words asks first. */
  const dirty = new Set();
  addEventListener("beforeunload", (event) => { if (dirty.size) event.preventDefault(); });

  document.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]"), print = event.target.closest("[data-print]");
    if (print) window.print();
    if (event.target.closest("[data-sheet-close]")) event.target.closest("dialog").close();
    if (event.target.closest("[data-keys-toggle]")) {
      try { localStorage.setItem("linli-keys", keysOff() ? "on" : "off"); } catch { /* private window */ }
      hints();
    }
    if (copy) {
      const old = copy.textContent;
      try { await navigator.clipboard.writeText(copy.dataset.copy); copy.textContent = words("tCopied"); }
      catch { copy.textContent = copy.dataset.copy; return; }
      setTimeout(() => { copy.textContent = old; }, 2000);
    }
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-guard]");
    if (form) dirty.add(form);
  });
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-photo] input[type=file]")) photos(box);
    if (box.matches("[data-pick-all]")) all("[data-pick]", box.form).forEach((one) => { one.checked = box.checked; });
    if (box.matches("[data-pick], [data-pick-all]") && box.form) recount(box.form);
  });
  document.addEventListener("submit", (event) => dirty.delete(event.target));

  const offline = document.querySelector("[data-offline]");
  const network = () => { if (offline) offline.hidden = navigator.onLine; };
  addEventListener("online", network);
  addEventListener("offline", network);

  function start(from) {
    counters(from);
    toasts(from);
    all("form", from).filter((form) => form.querySelector("[data-pick]")).forEach(recount);
    all("form[data-guard]", from).filter((form) => form.querySelector(".error")).forEach((form) => dirty.add(form));
    if (matchMedia("(max-width: 40em)").matches) all("details[data-fold]", from).forEach((part) => { part.open = false; });
    hints();
    focusSummary(from);
  }
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== document.body) start(event.detail.elt.parentElement || event.detail.elt);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const sheet = event.target.closest("dialog");
    if (sheet && !sheet.open) sheet.showModal();
  });
  start(document);
  network();
  /* On a phone the side navigation is one line: what is current must not lie beyond its edge. */
  document.querySelector(".sidenav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
})();
