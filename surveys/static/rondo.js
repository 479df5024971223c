/* Saves each answer as it is given, and loses none.
 *
 * The page works without this script: its own buttons save and submit. With it, a change is sent at
 * once; what has not been acknowledged stands in a copy on this device and is sent again until it
 * has. The server refuses to overwrite an answer it has not shown to this page; then the person chooses.
 *
 * Texts come from the page (data-texts and templates), so that there is one catalogue of translations.
 */

const TYPING_PAUSE = 1200;
const CHOICE_PAUSE = 250; // arrow keys run through the points; only where they stop is an answer
const LONGEST_WAIT = 30_000;
const PATIENCE = 20_000;
const MOST_SENT = 5;
const KEEPALIVE_LIMIT = 60_000; // browsers refuse more than 64 kB in requests that outlive a page

const form = document.getElementById("answers");
if (form) keepAnswers(form);
for (const left of document.querySelectorAll("[data-forget]")) forget(left.dataset.forget);
document.querySelector(".error-summary")?.focus();
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

function keepAnswers(form) {
  const { autosaveUrl, csrf } = form.dataset;
  const texts = JSON.parse(form.dataset.texts);
  const items = new Map([...form.querySelectorAll("[data-item]")].map((el) => [el.dataset.item, el]));
  const copies = copiesOnDevice(`rondo:${form.dataset.copy}`);
  const sent = new Map(); // item id -> what was sent of it and perhaps arrived: no answer came back
  const state = document.getElementById("save-state");

  const unsaved = new Map(); // item id -> number of its latest change
  const held = new Set(); // unsaved, but waiting for the person: a conflict or a refused answer
  const strays = new Map(); // unsaved answers of another section's page: item id -> its fields
  let changes = 0;
  let failures = 0;
  let refused = false;
  let leaving = false;
  let timer = 0;
  let flying = null;

  // ----- what the person does

  form.addEventListener("input", (event) => {
    const id = itemOf(event.target);
    if (!id) return;
    exclude(event.target);
    grow(event.target);
    changed(id, event.target.matches("textarea, [type=text], [type=number]") ? TYPING_PAUSE : CHOICE_PAUSE);
  });
  form.addEventListener("focusout", (event) => {
    if (event.target.matches("textarea, [type=text]") && unsaved.has(itemOf(event.target))) soon(0);
  });
  form.addEventListener("click", (event) => {
    if (event.target.matches(".clear")) clear(event.target);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && unsaved.size) send();
  });
  addEventListener("online", () => {
    failures = 0;
    soon(0);
  });
  addEventListener("beforeunload", (event) => {
    if (unsaved.size && !leaving) event.preventDefault();
  });
  addEventListener("pageshow", () => {
    leaving = false;
  });
  document.addEventListener("submit", leaveWhenSaved);

  // ----- at the start

  document.documentElement.classList.add("is-autosaving");
  for (const [id, el] of items) {
    el.querySelectorAll("textarea").forEach(grow);
    el.addEventListener("figures", () => askWhy(id));
    offerClear(id);
  }
  putBackCopies();
  sendForOthers(form);

  function changed(id, pause) {
    unsaved.set(id, ++changes);
    held.delete(id);
    delete items.get(id).querySelector("[data-mark]").dataset.saved; // what it vouched for has changed
    takeBackProblem(id);
    keepCopy(id);
    offerClear(id);
    askWhy(id);
    soon(pause);
  }

  function clear(button) {
    const id = itemOf(button);
    const controls = [...button.closest("[data-clearable]").querySelectorAll("[name]")];
    controls.forEach((one) => (one.type === "radio" ? (one.checked = false) : (one.value = "")));
    controls[0].focus();
    items.get(id).dispatchEvent(new Event("filled"));
    changed(id, 0);
  }

  async function leaveWhenSaved(event) {
    const { target, submitter } = event;
    if (target === form && (!submitter || submitter.value === "save")) {
      event.preventDefault();
      soon(0);
      return;
    }
    if (leaving || refused || !unsaved.size) {
      leaving = true;
      return;
    }
    event.preventDefault();
    if (await allSaved()) {
      leaving = true;
      target.requestSubmit(submitter);
    } else if (refused) {
      // The server's own page says why, and shows what was typed.
      leaving = true;
      target.requestSubmit(submitter);
    } else if (held.size) {
      items.get([...held][0]).focus();
    }
  }

  // ----- sending, one request after the other

  function soon(pause) {
    clearTimeout(timer);
    timer = setTimeout(send, pause);
  }

  function send() {
    clearTimeout(timer);
    flying ??= deliver().finally(() => (flying = null));
    return flying;
  }

  async function allSaved() {
    do await send();
    while (unsaved.size > held.size && !failures && !refused);
    return !unsaved.size;
  }

  async function deliver() {
    const waiting = [...unsaved].filter(([id]) => !held.has(id));
    const here = waiting.filter(([id]) => items.has(id));
    // Strays travel by themselves, so that what becomes of them cannot stop this page's answers.
    const batch = here.length ? here : waiting;
    if (!batch.length) return;
    const fields = new Map(batch.map(([id]) => [id, read(id)]));
    const body = new URLSearchParams([...fields.values()].flatMap((one) => [...one]));
    say(texts.saving);
    let answer;
    try {
      answer = await post(body);
    } catch {
      failures += 1;
      here.forEach(([id]) => mayHaveArrived(id, fields.get(id)));
      say(texts.waiting, true);
      soon(Math.min(1000 * 2 ** failures, LONGEST_WAIT));
      return;
    }
    failures = 0;
    if (!here.length) return bringHome(answer, batch);
    refused = "problem" in answer;
    if (refused) return say(`${texts.refused} ${answer.problem}`, true);
    acknowledge(answer, batch);
    if (unsaved.size > held.size) soon(0);
  }

  async function post(body) {
    const response = await fetch(autosaveUrl, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": csrf, Accept: "application/json" },
      redirect: "error",
      keepalive: body.toString().length < KEEPALIVE_LIMIT,
      signal: AbortSignal.timeout(PATIENCE),
    });
    const answer = await response.json();
    const final = response.status >= 400 && response.status < 500 && ![408, 429].includes(response.status);
    if (response.ok || (final && (answer.problem || answer.problems))) return answer;
    throw new Error(response.statusText);
  }

  function acknowledge(answer, batch) {
    const problems = new Map((answer.problems ?? []).map((one) => [String(one.id), one.text]));
    const conflicts = new Map((answer.conflicts ?? []).map((one) => [String(one.id), one]));
    for (const [id, change] of batch) {
      const version = answer.versions?.[id];
      const clash = conflicts.get(id);
      const ours = clash && cameFromHere(id, clash);
      sent.delete(id);
      if (clash && !ours) {
        letChoose(id, clash, version);
        continue;
      }
      if (version) versionOf(id).value = version;
      // What came back speaks of something that was changed meanwhile, or that this page itself had sent:
      // what stands here now is sent next.
      if (ours || unsaved.get(id) !== change) continue;
      const lacks = items.get(id).querySelector("[data-lacks]");
      if (lacks) lacks.textContent = answer.lacks?.[id] ?? "";
      if (problems.has(id)) {
        explain(id, problems.get(id));
      } else {
        items.get(id).querySelector("[data-mark]").dataset.saved = answer.saved_at;
        settle(id);
        items.get(id).dispatchEvent(new Event("kept", { bubbles: true })); // for scripts that follow
      }
    }
    if (answer.answered !== undefined) showProgress(answer);
    if (held.size) say(texts.refused, true);
    else if (!unsaved.size) say(texts.saved.replace("{time}", answer.saved_at));
  }

  /* What was typed on another section's page is saved from here, or waits there for the person. */
  function bringHome(answer, batch) {
    const clashes = [...(answer.problems ?? []), ...(answer.conflicts ?? [])].map((one) => String(one.id));
    for (const [id] of batch) {
      unsaved.delete(id);
      if (!answer.problem && !clashes.includes(id)) copies.drop(id);
      else tell(texts.elsewhere, `${form.dataset.round}?item=${id}#i-${id}`);
    }
    if (answer.answered !== undefined) showProgress(answer);
    say(answer.saved_at ? texts.saved.replace("{time}", answer.saved_at) : "");
  }

  /* A request may arrive, and the word that it did be lost. What stands then is this page's own, and
   * nobody is told of another page. */
  function mayHaveArrived(id, fields) {
    const before = (sent.get(id) ?? []).filter((one) => `${one}` !== `${fields}`);
    const [first, ...later] = [...before, fields]; // it is the first, or one of the last
    sent.set(id, [first, ...later.slice(-MOST_SENT)]);
    keepCopy(id);
  }

  function cameFromHere(id, theirs) {
    const said = Object.entries(theirs.values).map(([suffix, value]) => [`a-${id}${suffix}`, value]);
    said.push([`c-${id}`, theirs.comment]);
    return (sent.get(id) ?? []).some((one) =>
      said.every(([name, value]) => (one.get(name) ?? "").trim() === (value ?? "")),
    );
  }

  function keepCopy(id) {
    const copy = read(id);
    for (const one of sent.get(id) ?? []) copy.append("sent", one);
    copies.keep(id, copy.toString());
  }

  function settle(id) {
    unsaved.delete(id);
    held.delete(id);
    copies.drop(id);
  }

  // ----- what the person sees

  function say(text, alarm = false) {
    state.textContent = text;
    state.classList.toggle("alarm", alarm);
  }

  function showProgress(answer) {
    const { answered, left, steps, total } = answer;
    const bar = form.querySelector(".progress-of progress");
    if (total !== undefined) bar.max = total;
    bar.value = answered;
    document.getElementById("progress").textContent = texts.progress.replace("{n}", answered).replace("{total}", bar.max);
    const minutes = document.getElementById("time-left");
    if (minutes) minutes.textContent = left ?? "";
    form.querySelectorAll(".step-count").forEach((el, at) => (el.textContent = steps?.[at] ?? el.textContent));
    form.dispatchEvent(new CustomEvent("acknowledged", { detail: answer })); // for asking.js
  }

  function tell(text, address) {
    const notice = document.createElement("p");
    notice.className = "notice notice-own";
    notice.setAttribute("role", "status");
    form.before(notice);
    notice.textContent = text;
    if (!address) return;
    const link = document.createElement("a");
    link.href = address;
    link.textContent = texts.look;
    notice.append(" ", link);
  }

  function explain(id, text) {
    held.add(id);
    const item = items.get(id);
    const line = document.createElement("p");
    line.className = "problem";
    line.id = `e-${id}`;
    line.setAttribute("role", "alert");
    line.textContent = text;
    item.querySelector("legend, .question").after(line);
    item.setAttribute("aria-describedby", `${line.id} ${item.getAttribute("aria-describedby") ?? ""}`.trim());
    item.querySelectorAll("[type=text], textarea.long").forEach((el) => el.setAttribute("aria-invalid", "true"));
  }

  function takeBackProblem(id) {
    const item = items.get(id);
    const problem = item.querySelector(".problem");
    if (!problem) return;
    const others = (item.getAttribute("aria-describedby") ?? "").split(/\s+/).filter((one) => one !== problem.id);
    problem.remove();
    if (others.length) item.setAttribute("aria-describedby", others.join(" "));
    else item.removeAttribute("aria-describedby");
    item.querySelectorAll("[aria-invalid]").forEach((el) => el.removeAttribute("aria-invalid"));
  }

  function letChoose(id, theirs, version) {
    held.add(id);
    const item = items.get(id);
    item.querySelector(".elsewhere")?.remove();
    const box = document.getElementById("conflict").content.firstElementChild.cloneNode(true);
    const comment = theirs.comment === read(id).get(`c-${id}`) ? "" : theirs.comment;
    fill(box, { at: theirs.at, answer: theirs.value_name || "–", comment: comment ?? "" });
    box.addEventListener("click", (event) => {
      const choice = event.target.closest("button")?.value;
      if (!choice) return;
      if (version) versionOf(id).value = version;
      if (choice === "mine") {
        changed(id, 0);
      } else {
        const fields = Object.entries(theirs.values).map(([suffix, value]) => [`a-${id}${suffix}`, value]);
        write(id, new URLSearchParams([...fields, [`c-${id}`, theirs.comment ?? ""]]));
        settle(id);
        say(texts.saved.replace("{time}", theirs.at));
      }
      box.remove();
      item.focus();
    });
    item.querySelector("legend, .question").after(box);
  }

  function offerClear(id) {
    for (const group of items.get(id).querySelectorAll("[data-clearable]")) {
      const button = group.querySelector(".clear");
      const given = [...group.querySelectorAll("[name]")].some(isGiven);
      if (given && !button) group.append(document.getElementById("clear").content.cloneNode(true));
      else if (!given) button?.remove();
    }
  }

  /* A reason is asked for, never demanded, where a rating stands apart: the comment's label says so.
   * The rule is the server's (delphi/reasons.py), which draws the page by it. */
  function askWhy(id) {
    const item = items.get(id);
    const { bands, middle, own } = item.dataset;
    if (!bands) return;
    const points = [...item.querySelectorAll(".points input")];
    const chosen = points.findIndex((point) => point.checked);
    const [low, high] = (middle ?? "").split(" ").map(Number);
    const value = chosen < 0 ? NaN : Number(points[chosen].value);
    const before = points.findIndex((point) => point.value === own);
    let asked = "comment";
    if (chosen >= 0 && middle && (value < low || value > high)) asked = "outside";
    else if (chosen >= 0 && before >= 0 && bands[chosen] !== bands[before]) asked = "crossed";
    item.querySelector(".remark label").textContent = texts[asked];
  }

  function putBackCopies() {
    let found = false;
    for (const [id, copy] of copies.all()) {
      const kept = new URLSearchParams(copy);
      const before = kept.getAll("sent").map((one) => new URLSearchParams(one));
      kept.delete("sent");
      if (!items.has(id)) {
        strays.set(id, kept);
        unsaved.set(id, ++changes);
        soon(0);
        continue;
      }
      const now = read(id);
      if ([...kept.keys()].every((name) => name === `v-${id}` || `${now.getAll(name)}` === `${kept.getAll(name)}`)) {
        copies.drop(id);
        continue;
      }
      found = true;
      sent.set(id, before);
      write(id, kept);
      changed(id, 0);
    }
    if (found) tell(texts.restored);
  }

  // ----- an item's fields, whatever its kind

  function itemOf(el) {
    return el.closest("[data-item]")?.dataset.item;
  }

  function versionOf(id) {
    return items.get(id).querySelector(`[name="v-${id}"]`);
  }

  function read(id) {
    if (strays.has(id)) return strays.get(id);
    const values = new URLSearchParams();
    for (const el of items.get(id).querySelectorAll("[name]")) {
      const choice = el.matches("[type=radio], [type=checkbox]");
      // A choice taken back is said, not left out: the server would take its absence for "unchanged".
      if (choice && !el.checked) {
        if (!values.has(el.name)) values.set(el.name, "");
      } else if (choice && values.get(el.name) !== "" && values.has(el.name)) {
        values.append(el.name, el.value);
      } else {
        values.set(el.name, el.value);
      }
    }
    return values;
  }

  function write(id, values) {
    for (const el of items.get(id).querySelectorAll("[name]")) {
      if (!values.has(el.name)) continue;
      if (el.matches("[type=radio], [type=checkbox]")) el.checked = values.getAll(el.name).includes(el.value);
      else el.value = values.get(el.name);
      grow(el);
    }
    offerClear(id);
    askWhy(id);
    items.get(id).dispatchEvent(new Event("filled")); // for scripts that draw what the fields hold
  }
}

function isGiven(el) {
  return el.matches("[type=radio], [type=checkbox]") ? el.checked : Boolean(el.value.trim());
}

/* "None of these" and "unable" stand alone; a number and "unable" exclude each other; words typed beside
 * "other" choose it. The server would say so too, but only after it was sent. */
function exclude(el) {
  const item = el.closest("[data-item]");
  const other = el.dataset.chooses && item.querySelector(`[type=radio][value="${el.dataset.chooses}"]`);
  if (other && isGiven(el)) other.checked = true;
  if (!item.querySelector("[data-alone]") || !el.closest("[data-excludes]") || !isGiven(el)) return;
  for (const one of item.querySelectorAll("[data-excludes] [name]")) {
    if (one === el || !("alone" in el.dataset || "alone" in one.dataset)) continue;
    if (one.matches("[type=checkbox]")) one.checked = false;
    else one.value = "";
  }
  item.dispatchEvent(new Event("filled"));
}

/* Where the browser cannot grow a box with its text by itself. */
function grow(el) {
  if (!el.matches("textarea") || CSS.supports("field-sizing", "content")) return;
  el.style.height = "auto";
  el.style.height = `${el.scrollHeight + 3}px`;
}

/* Puts values into the {places} of an element's texts; as text, never as markup. */
function fill(el, values) {
  const walker = document.createTreeWalker(el, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    node.data = node.data.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }
}

/* What another expert left unsaved in this browser is sent under their own name, then removed from it: a
 * device is shared, opinions are not. Where that person's page is still open, it sees to it itself. */
function sendForOthers(form) {
  const { copy, autosaveUrl, csrf } = form.dataset;
  const [mine, number] = copy.split(":");
  navigator.locks?.request(`rondo:${copy}`, { mode: "shared" }, () => new Promise(() => {}));
  for (const key of storedCopies()) {
    const [, theirs, round] = key.split(":");
    if (theirs === mine) continue;
    const address = autosaveUrl.replace(`/${mine}/rounds/${number}/`, `/${theirs}/rounds/${round}/`);
    if (address === autosaveUrl) continue; // a preview, where nobody's answers arrive
    const send = async (lock) => {
      const waiting = lock && Object.values(copiesOnDevice(key).load()).map((one) => new URLSearchParams(one));
      if (!waiting) return;
      waiting.forEach((one) => one.delete("sent"));
      const response = await fetch(address, {
        method: "POST",
        body: new URLSearchParams(waiting.flatMap((one) => [...one])),
        headers: { "X-CSRFToken": csrf, Accept: "application/json" },
        redirect: "error",
      });
      // 400 and 429 mean "not now"; any other refusal would be one tomorrow as well.
      if (response.ok || [403, 404, 409, 410, 413, 422].includes(response.status)) localStorage.removeItem(key);
    };
    if (navigator.locks) navigator.locks.request(key, { ifAvailable: true }, send).catch(() => {});
    else send(true).catch(() => {});
  }
}

/* Whoever has left the study leaves nothing on the device. */
function forget(participation) {
  for (const key of storedCopies()) {
    if (key.startsWith(`rondo:${participation}:`)) localStorage.removeItem(key);
  }
}

function storedCopies() {
  try {
    return Object.keys(localStorage).filter((key) => /^rondo:[^:]+:\d+$/.test(key));
  } catch {
    return [];
  }
}

/* Unacknowledged answers, kept on this device until they are. Storage may be switched off or full. */
function copiesOnDevice(key) {
  const load = () => {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? {};
    } catch {
      return {};
    }
  };
  const store = (copies) => {
    try {
      if (Object.keys(copies).length) localStorage.setItem(key, JSON.stringify(copies));
      else localStorage.removeItem(key);
    } catch {
      // Then the page itself is the only copy, and leaving it warns.
    }
  };
  return {
    load,
    all: () => Object.entries(load()),
    keep: (id, copy) => store({ ...load(), [id]: copy }),
    drop: (id) => {
      const { [id]: _, ...rest } = load();
      store(rest);
    },
  };
}
