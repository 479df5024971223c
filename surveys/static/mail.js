/* A letter that changes while its text is typed, and a log that changes while mails go out.
 *
 * Both pages work without this script: a button shows the letter, a link reads the log again.
 */

const TYPING_PAUSE = 400;
const WAIT = 2_000; // while mails go out
const LONG_WAIT = 20_000; // while none do
const PATIENCE = 15_000;

const text = document.getElementById("mail-text");
if (text) preview(text);
const live = document.getElementById("mail-live");
if (live) follow(live);

function preview(form) {
  const shown = document.getElementById("mail-preview");
  const body = form.elements.body;
  let typing = 0;
  let asked = 0;

  form.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(look, TYPING_PAUSE);
  });
  for (const button of form.querySelectorAll("[data-insert]")) {
    button.hidden = body.readOnly;
    button.addEventListener("click", () => {
      body.focus();
      body.setRangeText(button.dataset.insert, body.selectionStart, body.selectionEnd, "end");
      look();
    });
  }

  async function look() {
    const mine = ++asked;
    const answer = await fetch(form.dataset.preview, {
      method: "POST",
      body: new FormData(form),
      signal: AbortSignal.timeout(PATIENCE),
    }).catch(() => null);
    // The answer to an older text comes too late for this one.
    if (answer?.ok && mine === asked) shown.innerHTML = (await answer.json()).html;
  }
}

function follow(place) {
  const said = document.getElementById("mail-said");
  let timer = 0;
  let asking = false;

  document.addEventListener("visibilitychange", () => soon(0));
  soon(waiting() ? WAIT : LONG_WAIT);

  function waiting() {
    return Number(document.getElementById("mail-now").dataset.waiting);
  }

  function soon(pause) {
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  }

  async function ask() {
    // A page that nobody looks at asks nothing; it asks once it is looked at again.
    if (asking || document.hidden) return;
    asking = true;
    const before = waiting();
    const answer = await fetch(place.dataset.now + location.search, {
      signal: AbortSignal.timeout(PATIENCE),
    }).catch(() => null);
    asking = false;
    // Signed out, or the server is away: the page stays as it is and asks seldom.
    if (!answer?.ok || answer.redirected) return soon(LONG_WAIT);
    const { html, waiting: left } = await answer.json();
    // Nothing is taken from under the hands of somebody who is in the list.
    if (!place.contains(document.activeElement)) place.innerHTML = html;
    if (before && !left) said.textContent = said.dataset.done;
    soon(left ? WAIT : LONG_WAIT);
  }
}
