// What every page needs beyond htmx and DSFR. Autosave and other screens' helpers live in their own files.

const banner = document.getElementById("app-banner");

function announce(templateId) {
  const template = document.getElementById(templateId);
  if (banner && template) {
    banner.replaceChildren(template.content.cloneNode(true));
    banner.scrollIntoView({ block: "nearest" });
  }
}

// A server error or a dead network swaps nothing: say so, and leave the form as it was.
document.addEventListener("htmx:responseError", () => announce("app-message-unreachable"));
document.addEventListener("htmx:sendError", () => announce("app-message-unreachable"));
document.addEventListener("htmx:timeout", () => announce("app-message-unreachable"));

// Signing in again in another tab changes the CSRF token: give the new one to the forms of this page,
// else what was typed here would be refused on saving.
async function refreshAfterSignIn() {
  if (document.visibilityState !== "visible" || !document.querySelector("[data-signed-out]")) {
    return;
  }
  const answer = await fetch("/session/", { headers: { Accept: "application/json" }, cache: "no-store" });
  if (!answer.ok) {
    return;
  }
  const session = await answer.json();
  for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) {
    input.value = session.csrf_token;
  }
  if (session.signed_in && banner && banner.querySelector("[data-signed-out]")) {
    announce("app-message-signed-in-again");
  }
}
document.addEventListener("visibilitychange", refreshAfterSignIn);
window.addEventListener("focus", refreshAfterSignIn);
document.addEventListener("htmx:afterSwap", refreshAfterSignIn);

// One menu of the header open at a time, and Escape closes it, as people expect of a menu.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.app-identity[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.app-identity[open]")) {
    if (!menu.contains(event.target)) {
      menu.open = false;
    }
  }
});

// After a refused form the summary of errors is what must be read first.
document.querySelector("[data-error-summary]")?.focus();
