// Comfort only: every page works without this file.

// Fields that count for one choice only are hidden while another is chosen. What they hold is kept, and sent.
for (const group of document.querySelectorAll("[data-only-if]")) {
  const form = group.closest("form");
  const name = group.dataset.onlyIf;
  const show = () => {
    const chosen = form.querySelector(`[name="${name}"]:checked`);
    group.hidden = !chosen || chosen.value !== group.dataset.onlyValue;
  };
  form.addEventListener("change", show);
  show();
}

// A message or a note being written survives a reload, a lost network and a crash of the tab, in this tab only.
for (const box of document.querySelectorAll("textarea[data-keep]")) {
  const key = `keep-${box.dataset.keep}`;
  if ("sent" in box.dataset) {
    // The site has it: only now may the copy go. The address is cleaned so that a reload does not do this again.
    sessionStorage.removeItem(key);
    history.replaceState(null, "", window.location.pathname + window.location.hash);
  }
  const kept = sessionStorage.getItem(key);
  if (kept && !box.value) {
    box.value = kept;
  }
  box.addEventListener("input", () => {
    if (box.value) {
      sessionStorage.setItem(key, box.value);
    } else {
      sessionStorage.removeItem(key);
    }
  });
}
