/* Keeps every choice between two rounds as soon as it is made.
 *
 * Without it the page's button keeps them all at once. What somebody else chose meanwhile is said and
 * not overwritten; a choice against the rule waits until its reason is typed.
 */

const form = document.getElementById("choices");
const state = document.getElementById("choice-state");
const undo = document.getElementById("undo");
const rows = [...document.querySelectorAll(".choice-row")];
const waiting = new Set();

for (const row of rows) {
  const choice = row.querySelector("select");
  const why = row.querySelector(".why-otherwise input");
  mark(row, choice);
  choice.addEventListener("change", () => {
    mark(row, choice);
    if (departs(row, choice) && !why.value.trim()) {
      waiting.add(row);
      why.focus();
    } else keep(row, choice, why);
  });
  why.addEventListener("change", () => keep(row, choice, why));
  why.addEventListener("keydown", (event) => {
    // Enter keeps this choice; it must not press a button of the whole page.
    if (event.key !== "Enter") return;
    event.preventDefault();
    keep(row, choice, why);
  });
}

addEventListener("beforeunload", (event) => {
  if (waiting.size) event.preventDefault();
});
document.addEventListener("submit", () => waiting.clear());

function departs(row, choice) {
  return Boolean(choice.value) && choice.value === row.dataset.departs;
}

/* A reason is asked for beside a choice against the rule, and stays where one was given. */
function mark(row, choice) {
  const why = row.querySelector(".why-otherwise input");
  row.classList.toggle("is-otherwise", departs(row, choice) || Boolean(why.value));
}

async function keep(row, choice, why) {
  const place = row.dataset.place;
  const seen = form.elements.namedItem(`seen-${place}`);
  say(row, "");
  state.className = "";
  state.textContent = form.dataset.saving;
  waiting.add(row);
  const fields = new URLSearchParams({ choice: choice.value, why: why.value, seen: seen.value });
  fields.set("csrf_token", form.elements.csrf_token.value);
  try {
    const answer = await fetch(form.dataset.address + place, {
      method: "POST",
      body: fields,
      headers: { Accept: "application/json" },
    });
    const told = await answer.json();
    if (!answer.ok) {
      state.textContent = "";
      return say(row, told.problem, true);
    }
    seen.value = told.version;
    waiting.delete(row);
    state.textContent = told.said;
    offer(told.undo);
  } catch {
    state.className = "alarm";
    state.textContent = form.dataset.lost;
    document.querySelector(".plain-keep").classList.add("is-needed");
  }
}

function say(row, text, alarm = false) {
  const told = row.querySelector(".told");
  told.classList.toggle("alarm", alarm);
  told.textContent = text;
}

function offer(step) {
  if (!undo || !step) return;
  undo.value = step.value;
  undo.querySelector("span").textContent = form.dataset.undo.replace("{step}", step.text);
  undo.form.hidden = false;
}
