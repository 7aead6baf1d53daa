// A draft saves itself through htmx. This file only sees to the gaps: a button pressed while a save is under way,
// a tab left before the last words were saved. Nothing of a patient is ever kept in the browser's storage.

const form = document.querySelector("form[data-autosave]");

let dirty = false;
let inFlight = 0;
let failed = false;
let leftWithoutAnswer = false;
let waitingButton = null;
let leaving = false;

function typed() {
  dirty = true;
  leaving = false;
}

// A conflict (409) or a refusal (422) brings its own words. Signed out or no answer: the line must not go on saying
// "saved" of words that are not.
function sayUnsaved(status) {
  const state = document.getElementById("save-state");
  const words = document.getElementById("save-state-unsaved");
  if (state && words && status !== 409 && status !== 422) {
    state.className = "app-save app-save--problem";
    state.replaceChildren(words.content.cloneNode(true));
  }
}

function tryAgainAfterSignIn() {
  if (failed && dirty && inFlight === 0 && document.visibilityState === "visible") {
    // app.js first fetches the token of the new session.
    window.setTimeout(() => form.dispatchEvent(new CustomEvent("save-now", { bubbles: true })), 1500);
  }
}

function submitAgain() {
  if (waitingButton && inFlight === 0) {
    const button = waitingButton.button;
    waitingButton = null;
    form.requestSubmit(button || undefined);
  }
}

if (form) {
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);

  // The button carries every word already. A save that arrives after it would find the file sent, and be refused.
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === form && leaving) {
      event.preventDefault();
    }
  });

  document.body.addEventListener("htmx:beforeSend", (event) => {
    if (event.detail.elt === form) {
      inFlight += 1;
      dirty = false;
    }
  });

  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== form) {
      return;
    }
    inFlight = Math.max(0, inFlight - 1);
    // Not htmx's own word: it calls a 401 whose answer it swaps a success.
    const status = event.detail.xhr ? event.detail.xhr.status : 0;
    failed = status < 200 || status >= 400;
    if (failed) {
      dirty = true;
      sayUnsaved(status);
    }
    // The answer has put the new version in the form by the time the button is pressed again.
    window.setTimeout(submitAgain, 60);
  });

  form.addEventListener("submit", (event) => {
    if (inFlight > 0) {
      event.preventDefault();
      waitingButton = { button: event.submitter };
      return;
    }
    dirty = false;
    failed = false;
    leaving = true;
  });

  // Another tab comes in front: save now rather than in a second.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && dirty && !failed) {
      form.dispatchEvent(new CustomEvent("save-now", { bubbles: true }));
    }
  });

  window.addEventListener("focus", tryAgainAfterSignIn);

  // The page goes away with words that no request carries yet: the browser sends them in its own time.
  window.addEventListener("pagehide", () => {
    if (dirty && inFlight === 0 && !failed) {
      leftWithoutAnswer = true;
      fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "HX-Request": "true" },
        keepalive: true,
        credentials: "same-origin",
      }).catch(() => {});
    }
  });

  // Back to this page through the browser's memory: it shows an older version than what was saved on leaving.
  window.addEventListener("pageshow", (event) => {
    leaving = false;
    if (event.persisted && leftWithoutAnswer) {
      window.location.reload();
    }
  });

  // Not saved and about to leave (signed out, site unreachable): the browser asks first.
  window.addEventListener("beforeunload", (event) => {
    if (dirty && failed) {
      event.preventDefault();
    }
  });
}
