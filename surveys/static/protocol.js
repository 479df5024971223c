/* The form of the rules says what it says while somebody types.
 *
 * The server reads the form and writes the sentences; here they are only put in place. Everything works
 * without this: the buttons of the form send it and show the same page with the same sentences.
 */

const form = document.getElementById("rules");
const PAUSE = 400;
let waiting = 0;
let asked = 0;

draw();
form.classList.add("is-live");
form.addEventListener("input", () => {
  draw();
  clearTimeout(waiting);
  waiting = setTimeout(say, PAUSE);
});

/* Show of each part only what the choices above it leave to say. */
function draw() {
  for (const chooser of form.querySelectorAll("[data-choice]")) {
    const around = chooser.closest("fieldset, section");
    const own = chooser.value === "own";
    for (const part of around.querySelectorAll("[data-if-own]")) part.hidden = !own;
    for (const part of around.querySelectorAll("[data-unless-own]")) part.hidden = own;
  }
  for (const part of form.querySelectorAll("[data-if-out]")) {
    const step = part.closest(".step");
    part.hidden = step.querySelector('input[name$="-out"]:checked')?.value !== "own";
  }
  for (const part of form.querySelectorAll("[data-if-compared]")) {
    part.hidden = !form.elements.compared.checked;
  }
  for (const reach of form.querySelectorAll("[data-reach]")) {
    const whom = reach.querySelector('select[name$="-reach"]').value;
    for (const part of reach.querySelectorAll("[data-part]")) {
      part.hidden = whom === "panel" || (part.dataset.part === "group" && whom !== "in group");
    }
  }
  for (const clause of form.querySelectorAll("[data-clause]")) {
    const chosen = clause.querySelector('select[name$="-asked"]').selectedOptions[0];
    const uses = new Set((chosen?.dataset.parts ?? "").split(" "));
    if (uses.has("where") && clause.querySelector('select[name$="-where"]').value === "points") uses.add("points");
    for (const part of clause.querySelectorAll("[data-part]")) part.hidden = !uses.has(part.dataset.part);
  }
}

async function say() {
  const mine = ++asked;
  const data = new FormData(form);
  data.set("do", "show");
  let page;
  try {
    const answer = await fetch(form.action, { method: "POST", body: data });
    if (!answer.ok || answer.redirected) return;
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return; // without a connection the sentences stay as they are, and keeping will tell
  }
  if (mine !== asked) return; // somebody typed on
  for (const place of form.querySelectorAll("[data-live]")) {
    const news = page.getElementById(place.id);
    if (!news || news.innerHTML === place.innerHTML) continue;
    const unfolded = [...place.querySelectorAll("details")].map((one) => one.open);
    place.replaceChildren(...news.childNodes);
    place.querySelectorAll("details").forEach((one, at) => (one.open = unfolded[at] ?? false));
  }
}
