/* Follows a round from the researcher's page: asks now and then for its figures and puts new ones in
 * their place. The page has its figures, and a link to newer ones, without this script too.
 */

const WAIT = 10_000;
const LONGEST_WAIT = 120_000; // while the server cannot be reached
const PATIENCE = 20_000;
const TOLD_AT_MOST_EVERY = 60_000; // a screen reader hears how far it is, not every answer

const about = document.getElementById("following");
if (about) follow(about);

function follow(about) {
  const texts = JSON.parse(about.dataset.texts);
  const state = document.getElementById("following-state");
  const said = document.getElementById("following-said");
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" });
  let { tag } = about.dataset;
  let wait = WAIT;
  let timer = 0;
  let asking = false;
  let over = false;
  let toldAt = Date.now();
  let told = summary();

  state.textContent = texts.following;
  document.addEventListener("visibilitychange", () => soon(0));
  addEventListener("online", () => soon(0));
  soon(wait);

  function soon(pause) {
    clearTimeout(timer);
    if (!over) timer = setTimeout(ask, pause);
  }

  async function ask() {
    // A page that nobody looks at asks nothing; it asks once it is looked at again.
    if (asking || document.hidden || !navigator.onLine) return;
    asking = true;
    try {
      const response = await fetch(about.dataset.figures, {
        headers: { Accept: "text/html", "If-None-Match": `W/"${tag}"` },
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (response.ok) {
        put(await response.text());
        tag = response.headers.get("ETag")?.match(/"(.*)"/)?.[1] ?? "";
      } else if (response.status !== 304) {
        throw new Error(response.statusText);
      } else if (state.classList.contains("alarm")) {
        say(texts.following);
      }
      if (response.headers.get("X-Round") === "closed") {
        over = true;
        say(texts.closed);
        said.textContent = texts.closed;
      }
      wait = WAIT;
    } catch {
      wait = Math.min(wait * 2, LONGEST_WAIT);
      say(texts.lost, true);
    } finally {
      asking = false;
      soon(wait);
    }
  }

  function put(html) {
    const standing = document.getElementById("figures-now");
    const opened = standing.querySelector("details")?.open;
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("figures-now");
    if (!fresh) return;
    const focused = standing.contains(document.activeElement) ? place(standing) : -1;
    const table = fresh.querySelector("details");
    if (table && opened) table.open = true;
    standing.replaceWith(fresh);
    if (focused >= 0) reachable(fresh)[focused]?.focus({ preventScroll: true });
    say(texts.at.replace("{time}", clock.format(new Date())));
    if (summary() !== told && Date.now() - toldAt > TOLD_AT_MOST_EVERY) {
      told = summary();
      toldAt = Date.now();
      said.textContent = told;
    }
  }

  function say(text, alarm = false) {
    state.textContent = text;
    state.classList.toggle("alarm", alarm);
  }

  function summary() {
    return document.getElementById("figures-now").dataset.summary;
  }

  function reachable(block) {
    return [...block.querySelectorAll("summary, [tabindex]")];
  }

  function place(block) {
    return reachable(block).indexOf(document.activeElement);
  }
}
