/* Follows a round in real time: asks now and then whether the group's figures have changed, and puts
 * new ones in their place without moving what the person reads or types.
 *
 * The page has its figures without this script too. A poll and not a stream, because a stream would
 * hold a thread of the server for every expert who has the page open.
 */

const WAIT = 5_000;
const LONGEST_WAIT = 30_000; // while nothing changes
const LONGEST_TROUBLE = 120_000; // while the server cannot be reached
const PATIENCE = 20_000;
const NEW_FOR = 60_000;
const TOLD_AT_MOST_EVERY = 30_000; // a screen reader hears that there is something new, not everything
const GONE = [401, 403, 404, 410];

const about = document.getElementById("live");
if (about) follow(about);

function follow(about) {
  const texts = JSON.parse(about.dataset.texts);
  const blocks = new Map([...document.querySelectorAll("[data-live]")].map((el) => [el.dataset.live, el]));
  const state = document.getElementById("live-state");
  const answered = new Set(); // items answered here since the page last asked
  const held = new Map(); // figures that wait until the person has read on
  const untold = new Set(); // items whose new figures no screen reader has heard of
  let { newest, tag } = about.dataset;
  let wait = WAIT;
  let timer = 0;
  let asking = false;
  let over = false;
  let toldAt = -Infinity;

  // What is read stays where it is by our own doing, in every browser.
  document.documentElement.classList.add("is-live");

  document.addEventListener("kept", (event) => {
    answered.add(event.target.dataset.item);
    soon(0);
  });
  document.addEventListener("visibilitychange", () => soon(0));
  addEventListener("online", () => soon(0));
  addEventListener("pageshow", (event) => event.persisted && soon(0));
  for (const [id, block] of blocks) {
    const letGo = () => setTimeout(() => held.has(id) && !isRead(block) && put(id, held.get(id)));
    block.addEventListener("focusout", letGo);
    block.addEventListener("toggle", letGo, true); // toggle does not bubble
    block.addEventListener("click", (event) => event.target.closest("[data-show]") && show(id));
  }
  soon(wait);

  // ----- asking, one request after the other

  function soon(pause) {
    clearTimeout(timer);
    if (!over) timer = setTimeout(ask, pause);
  }

  async function ask() {
    // A page that nobody looks at asks nothing; it asks once it is looked at again.
    if (asking || document.hidden || !navigator.onLine) return;
    asking = true;
    const mine = [...answered];
    answered.clear();
    try {
      const response = await fetch(addressFor(mine), {
        headers: { Accept: "application/json", ...(mine.length ? {} : { "If-None-Match": `W/"${tag}"` }) },
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (response.status === 304) {
        wait = Math.min(wait * 1.2, LONGEST_WAIT);
      } else if (response.ok) {
        take(await response.json());
        tag = response.headers.get("ETag")?.match(/"(.*)"/)?.[1] ?? "";
        wait = WAIT;
      } else if (GONE.includes(response.status)) {
        over = true; // signed out or left: saving an answer says so
      } else {
        throw new Error(response.statusText);
      }
    } catch {
      mine.forEach((id) => answered.add(id));
      wait = Math.min(wait * 2, LONGEST_TROUBLE);
    } finally {
      asking = false;
    }
    // Pages that were opened together would ask together for ever.
    soon(answered.size && wait === WAIT ? 0 : wait * (0.85 + 0.3 * Math.random()));
  }

  function addressFor(mine) {
    const address = new URL(about.dataset.url, location.href);
    address.searchParams.set("after", newest);
    if (mine.length) address.searchParams.set("items", mine.join(","));
    if (about.dataset.section) address.searchParams.set("section", about.dataset.section);
    return address;
  }

  // ----- showing

  function take(body) {
    if (body.closed) {
      over = true;
      const line = document.createElement("p");
      line.textContent = body.closed;
      about.replaceChildren(line);
      return;
    }
    newest = body.newest;
    for (const [id, figures] of Object.entries(body.items)) {
      const block = blocks.get(id);
      if (!block) continue;
      const known = block.querySelector(".feedback");
      const changed = known && newsOf(figures.html) !== newsOf(block.innerHTML);
      if (changed) untold.add(id);
      if (isRead(block)) hold(id, figures);
      else put(id, figures, changed);
    }
    tell();
  }

  /* What of the figures is the group's; one's own mark in them moves with one's own answer. */
  function newsOf(html) {
    const copy = new DOMParser().parseFromString(html, "text/html");
    copy.querySelectorAll(".mine, path.own, [data-show], .fresh").forEach((el) => el.remove());
    copy.querySelectorAll(".own").forEach((el) => el.classList.remove("own"));
    return copy.body.textContent.replace(/\s+/g, " ");
  }

  /* Whether the person is in the middle of it: has focus in it, unfolded comments or marked words. */
  function isRead(block) {
    const selection = getSelection();
    const marked = !selection.isCollapsed && block.contains(selection.anchorNode);
    return marked || block.contains(document.activeElement) || Boolean(block.querySelector("details[open]"));
  }

  function hold(id, figures) {
    const block = blocks.get(id);
    held.set(id, figures);
    if (block.querySelector("[data-show]")) return;
    const button = document.getElementById("fresh").content.firstElementChild.cloneNode(true);
    button.dataset.show = "";
    keepingPlace(block, () => block.prepend(button));
  }

  function show(id) {
    const block = blocks.get(id);
    put(id, held.get(id), true);
    block.tabIndex = -1;
    block.focus({ preventScroll: true });
  }

  function put(id, figures, changed = false) {
    const block = blocks.get(id);
    const item = block.closest("[data-item]");
    held.delete(id);
    keepingPlace(block, () => (block.innerHTML = figures.html));
    block.classList.toggle("is-new", changed);
    if (changed) setTimeout(() => block.classList.remove("is-new"), NEW_FOR);
    for (const name of ["middle", "bands"]) {
      if (figures[name]) item.dataset[name] = figures[name];
      else delete item.dataset[name];
    }
    item.dispatchEvent(new Event("figures")); // a reason may be asked for now
  }

  function tell() {
    const pause = toldAt + TOLD_AT_MOST_EVERY - performance.now();
    if (!untold.size) return;
    if (pause > 0) {
      setTimeout(tell, pause);
      return;
    }
    state.textContent = (untold.size === 1 ? texts.one : texts.many).replace("{n}", untold.size);
    untold.clear();
    toldAt = performance.now();
  }

  /* Changes a block so that what the person looks at stays where it is on the screen. */
  function keepingPlace(block, change) {
    const anchor = anchorBeside(block);
    const before = anchor?.getBoundingClientRect().top;
    change();
    if (!anchor) return;
    const moved = anchor.getBoundingClientRect().top - before;
    if (moved) scrollBy({ top: moved, behavior: "instant" });
  }

  function anchorBeside(block) {
    const inSight = (el) => {
      const { top, bottom } = el.getBoundingClientRect();
      return bottom > 0 && top < innerHeight && !block.contains(el) && !el.contains(block);
    };
    const { activeElement } = document;
    if (activeElement?.closest("[data-item]") && inSight(activeElement)) return activeElement;
    return [...document.querySelectorAll("#answers :is(legend, .question, .remark, .live)")].find(inSight);
  }
}
