/* Helps to build a round: items move by drag and by keys and are kept at once; hints come while one types.
 *
 * The pages work without this script: arrows are buttons of a form, and hints come when a form is kept.
 */

const TYPING_PAUSE = 700;
const EDGE = 80; // so near to the edge of the window a drag scrolls

const list = document.getElementById("list");
if (list?.dataset.order) arrange(list);
const item = document.getElementById("item");
if (item?.dataset.hints) giveHints(item);
for (const kind of ["click", "keydown"]) document.addEventListener(kind, closeMenus);
for (const options of document.querySelectorAll(".options-of")) growWith(options);

function arrange(list) {
  const texts = JSON.parse(list.dataset.texts);
  const status = document.getElementById("moved");
  const state = document.getElementById("order-state");
  let sending = Promise.resolve();
  let stands = places();

  for (const grip of list.querySelectorAll(".grip")) {
    grip.hidden = false;
    grip.addEventListener("pointerdown", drag);
  }

  list.addEventListener("submit", (event) => {
    const [act, id] = (event.submitter?.value ?? "").split(":");
    if (act !== "up" && act !== "down") return;
    event.preventDefault();
    step(document.getElementById(`item-${id}`), act === "up" ? -1 : 1, event.submitter);
  });
  list.addEventListener("keydown", (event) => {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const row = event.target.closest("[data-id]");
    if (!row) return;
    event.preventDefault();
    step(row, event.key === "ArrowUp" ? -1 : 1, event.target);
  });

  /* One place up or down; at the edge of a section into the next one. */
  function step(row, by, focused) {
    const from = row.closest(".part");
    const next = by < 0 ? row.previousElementSibling : row.nextElementSibling;
    const part = by < 0 ? from.previousElementSibling : from.nextElementSibling;
    if (next) {
      if (by < 0) next.before(row);
      else next.after(row);
    } else if (part?.matches(".part")) {
      const there = part.querySelector(".designed");
      if (by < 0) there.append(row);
      else there.prepend(row);
    } else {
      return;
    }
    focused?.focus();
    row.scrollIntoView({ block: "nearest" });
    moved(row);
  }

  function drag(event) {
    if (event.button) return;
    event.preventDefault();
    const row = event.currentTarget.closest("[data-id]");
    const home = places();
    row.classList.add("is-dragged");
    say(texts.grabbed.replace("{code}", row.dataset.code));

    const move = (at) => {
      if (at.clientY < EDGE) scrollBy(0, -12);
      else if (at.clientY > innerHeight - EDGE) scrollBy(0, 12);
      place(row, at.clientY);
    };
    const cancel = (at) => {
      if (at.type === "keydown" && at.key !== "Escape") return;
      end();
      putBack(home);
    };
    const drop = () => {
      end();
      if (places().join() !== home.join()) moved(row);
    };
    const end = () => {
      row.classList.remove("is-dragged");
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", drop);
      removeEventListener("pointercancel", cancel);
      removeEventListener("keydown", cancel);
    };
    // Of the window: an element that is moved in the document loses hold of the pointer.
    addEventListener("pointermove", move);
    addEventListener("pointerup", drop);
    addEventListener("pointercancel", cancel);
    addEventListener("keydown", cancel);
  }

  /* Put the dragged row before the first one whose middle lies below the pointer, in the section it is over. */
  function place(row, y) {
    const parts = [...list.querySelectorAll(".part")];
    const part = parts.findLast((one) => one.getBoundingClientRect().top <= y) ?? parts[0];
    const there = part.querySelector(".designed");
    const below = [...there.children].find((one) => {
      const box = one.getBoundingClientRect();
      return one !== row && y < box.top + box.height / 2;
    });
    if (below) {
      if (below.previousElementSibling !== row) below.before(row);
    } else if (there.lastElementChild !== row) {
      there.append(row);
    }
  }

  function moved(row) {
    tidy();
    const rows = [...list.querySelectorAll("[data-id]")];
    const section = row.closest(".part").querySelector("h3").textContent;
    say(
      texts.moved
        .replace("{code}", row.dataset.code)
        .replace("{place}", rows.indexOf(row) + 1)
        .replace("{total}", rows.length)
        .replace("{section}", section),
    );
    const wanted = places();
    sending = sending.then(() => send(wanted));
  }

  /* The first of all goes no further up, the last no further down; a section without items is gone. */
  function tidy() {
    const rows = [...list.querySelectorAll("[data-id]")];
    rows.forEach((row, place) => {
      row.querySelector(`[value^="up:"]`).disabled = place === 0;
      row.querySelector(`[value^="down:"]`).disabled = place === rows.length - 1;
    });
    for (const part of list.querySelectorAll(".part")) {
      part.classList.toggle("is-empty", !part.querySelector("[data-id]"));
    }
  }

  async function send(wanted) {
    const parts = [...list.querySelectorAll(".part")];
    const body = new URLSearchParams(wanted.map(([id, at]) => ["item", `${id}:${parts[at].dataset.theme}`]));
    let answer = {};
    try {
      const response = await fetch(list.dataset.order, {
        method: "POST",
        body,
        headers: { "X-CSRFToken": list.dataset.csrf, Accept: "application/json" },
        redirect: "error",
      });
      answer = await response.json();
    } catch {
      answer = {};
    }
    if (answer.kept) {
      stands = wanted;
      return show(texts.kept);
    }
    putBack(stands);
    show(`${texts.refused} ${answer.problem ?? ""}`, true);
  }

  function putBack(to) {
    const parts = [...list.querySelectorAll(".part")];
    for (const [id, at] of to) {
      parts[at].querySelector(".designed").append(document.getElementById(`item-${id}`));
    }
    tidy();
  }

  /* Every item with the number of the section it is in; a theme may head two of them. */
  function places() {
    const parts = [...list.querySelectorAll(".part")];
    return [...list.querySelectorAll("[data-id]")].map((row) => [
      row.dataset.id,
      parts.indexOf(row.closest(".part")),
    ]);
  }

  function say(text) {
    status.textContent = text;
  }

  function show(text, alarm = false) {
    state.hidden = false;
    state.textContent = text;
    state.classList.toggle("problem", alarm);
    if (alarm) say(text);
  }
}

function giveHints(form) {
  let timer = 0;
  let asked = 0;
  form.addEventListener("input", (event) => {
    if (!/^(wording|help)-/.test(event.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(ask, TYPING_PAUSE);
  });

  async function ask() {
    const mine = ++asked;
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (/^(wording|help)-/.test(name)) body.append(name, value);
    }
    try {
      const response = await fetch(form.dataset.hints, {
        method: "POST",
        body,
        headers: { "X-CSRFToken": form.dataset.csrf, Accept: "application/json" },
        redirect: "error",
      });
      if (!response.ok) return;
      const hints = await response.json();
      if (mine === asked) draw(hints);
    } catch {
      // Hints are a help; without them the form works all the same.
    }
  }

  function draw(hints) {
    for (const place of form.querySelectorAll("[data-clarity]")) {
      const lines = (hints[place.dataset.clarity] ?? []).map((text) => {
        const line = document.createElement("p");
        line.className = "clarity";
        line.textContent = text;
        return line;
      });
      place.replaceChildren(...lines);
    }
  }
}

/* Whoever fills the last line of options gets one more. */
function growWith(options) {
  options.addEventListener("input", (event) => {
    const last = options.lastElementChild;
    if (!last.contains(event.target)) return;
    const [before, after] = [`-n${options.children.length - 1}-`, `-n${options.children.length}-`];
    const line = last.cloneNode(true);
    for (const label of line.querySelectorAll("label")) label.htmlFor = label.htmlFor.replace(before, after);
    for (const field of line.querySelectorAll("input")) {
      field.id = field.id.replace(before, after);
      field.name = field.name.replace(before, after);
      field.value = "";
    }
    options.append(line);
  });
}

/* A menu closes when something else is clicked, and with Escape. */
function closeMenus(event) {
  if (event.type === "keydown" && event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu-of[open]")) {
    if (event.type === "click" && menu.contains(event.target)) continue;
    const within = menu.contains(document.activeElement);
    menu.open = false;
    if (event.type === "keydown" && within) menu.querySelector("summary").focus();
  }
}
