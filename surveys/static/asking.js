/* Shows items whose condition has come to hold, and hides those whose has not.
 *
 * The server decides, and says so with every save it acknowledges (rondo.js passes that on). What it
 * says here is only how things change on a page that is open: nobody's focus is lost, an item that
 * somebody stands in goes when they leave it, and a screen reader is told politely.
 */

const form = document.getElementById("answers");
const news = document.getElementById("asked-now");

form?.addEventListener("acknowledged", ({ detail }) => {
  if (!detail.asked) return;
  const came = [];
  const went = [];
  for (const [id, asked] of Object.entries(detail.asked)) {
    const item = document.getElementById(`i-${id}`);
    if (!item || isThere(item) === asked) continue;
    (asked ? came : went).push(item);
    asked ? show(item) : hide(item);
  }
  drawSections(detail.sections);
  tell(came, went);
});

function isThere(item) {
  return !item.hidden && !item.classList.contains("is-leaving");
}

/* An item, and the question how well one knows it. */
function partsOf(item) {
  return [item, document.getElementById(item.id.replace("i-", "i-k"))].filter(Boolean);
}

function show(item) {
  item.classList.toggle("is-new", item.hidden);
  item.classList.remove("is-leaving");
  partsOf(item).forEach((part) => (part.hidden = false));
}

function hide(item) {
  const parts = partsOf(item);
  const holds = (el) => parts.some((part) => part.contains(el));
  if (!holds(document.activeElement)) {
    parts.forEach((part) => (part.hidden = true));
    return;
  }
  item.classList.add("is-leaving");
  form.addEventListener("focusout", function leave({ relatedTarget }) {
    if (holds(relatedTarget)) return;
    form.removeEventListener("focusout", leave);
    if (!item.classList.contains("is-leaving")) return;
    item.classList.remove("is-leaving");
    parts.forEach((part) => (part.hidden = true));
    drawSections();
  });
}

/* A section without items goes with its heading; where each has its page, the way through them changes. */
function drawSections(shown) {
  for (const section of form.querySelectorAll("section:has(> .item)")) {
    section.hidden = ![...section.children].some((one) => one.matches(".item") && !one.hidden);
  }
  const steps = [...form.querySelectorAll(".steps-of li")];
  if (!shown || !steps.length) return;
  const here = steps.findIndex((step) => step.querySelector("[aria-current]"));
  steps.forEach((step, at) => (step.hidden = !shown[at] && at !== here));
  const there = steps.filter((step) => !step.hidden);
  const place = there.indexOf(steps[here]) + 1;
  const summary = form.querySelector(".steps-of summary");
  summary.textContent = summary.dataset.text.replace("{n}", place).replace("{total}", there.length);
  form.querySelectorAll("[data-on-last]").forEach((el) => (el.hidden = place < there.length));
  form.querySelectorAll("[data-before-last]").forEach((el) => (el.hidden = place === there.length));
}

function tell(came, went) {
  const named = (items) => items.map((item) => item.querySelector(".code")?.textContent).filter(Boolean);
  const lines = [
    [news.dataset.came, named(came)],
    [news.dataset.went, named(went)],
  ];
  const said = lines.filter(([, codes]) => codes.length).map(([text, codes]) => text.replace("{codes}", codes.join(", ")));
  if (said.length) news.textContent = said.join(" ");
}
