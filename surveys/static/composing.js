/* Helps to put options in order, to share out points and to slide on a line.
 *
 * The fields of the page are the answer: everything here reads and fills them, and rondo.js saves them.
 * Without this script they are typed into.
 */

const TYPING_PAUSE = 800;
const SAYING_PAUSE = 900; // a screen reader hears where the points stand, not every digit
const BIG_STEP = 10;

for (const item of document.querySelectorAll("[data-arrange]")) arrange(item);
for (const item of document.querySelectorAll("[data-share]")) share(item);
for (const item of document.querySelectorAll("[data-slide]")) slide(item);

/* Options in order: the list shows the order, each box its place. */
function arrange(item) {
  const texts = JSON.parse(item.dataset.texts);
  const last = Number(item.dataset.arrange);
  const ties = "ties" in item.dataset;
  const list = item.querySelector(".arrange");
  const rows = [...list.children]; // as the study names them
  const [divider, tools] = item.querySelector("template").content.cloneNode(true).children;
  const status = item.querySelector("[role=status]");
  const unable = item.querySelector("[type=checkbox]");
  let typing = 0;

  for (const row of rows) row.append(...tools.cloneNode(true).children);
  list.append(divider);
  for (const hint of item.querySelectorAll("[data-with-script]")) hint.hidden = false;
  item.querySelector("[data-lacks]").hidden = true; // the list itself shows what has no place
  item.classList.add("is-arranged");
  draw(groups());

  list.addEventListener("click", (event) => {
    const row = event.target.closest("li");
    const act = event.target.closest("button")?.value;
    if (act) return act !== "put" ? move(row, act, event.target.closest("button")) : put(row);
    if (event.target.closest("label") && !placeOf(row)) {
      event.preventDefault(); // the name of an option without a place gives it the next one
      put(row);
    }
  });
  list.addEventListener("keydown", (event) => {
    const act = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (!act || !event.target.matches("input")) return;
    event.preventDefault();
    move(event.target.closest("li"), act, event.target);
  });
  list.addEventListener("input", (event) => {
    if (!event.target.matches("input")) return;
    clearTimeout(typing);
    typing = setTimeout(() => takeTyped(event.target.closest("li")), TYPING_PAUSE);
  });
  // Not before the focus has arrived where it is going: what it goes to may be redrawn.
  list.addEventListener("change", (event) => setTimeout(takeTyped, 0, event.target.closest("li")));
  list.addEventListener("pointerdown", (event) => {
    if (event.target.matches(".grip") && event.button === 0) drag(event);
  });
  unable?.addEventListener("input", () => {
    if (!unable.checked) return;
    rows.forEach((row) => (boxOf(row).value = ""));
    draw([]);
  });
  item.addEventListener("filled", () => draw(groups()));

  function boxOf(row) {
    return row.querySelector("input");
  }

  function nameOf(row) {
    return row.querySelector("label").textContent;
  }

  function placeOf(row) {
    const typed = boxOf(row).value.trim();
    return /^\d+$/.test(typed) ? Number(typed) : 0;
  }

  /* The order in the boxes: [[first], [second, also second], …]. */
  function groups() {
    const found = new Map();
    for (const row of rows.filter(placeOf)) {
      found.set(placeOf(row), [...(found.get(placeOf(row)) ?? []), row]);
    }
    const inOrder = [...found].sort(([a], [b]) => a - b).map(([, group]) => group);
    return ties ? inOrder : inOrder.flat().map((row) => [row]);
  }

  function put(row) {
    const order = groups();
    if (placeOf(row) || order.flat().length >= last) return;
    settle([...order, [row]], row);
    (nextToPut(row) ?? boxOf(row)).focus();
  }

  function nextToPut(row) {
    const after = [...list.children].filter((one) => one !== divider && !placeOf(one));
    return row && after[0]?.querySelector("[value=put]");
  }

  function move(row, act, origin) {
    const order = groups();
    const at = order.findIndex((group) => group.includes(row));
    const others = order[at]?.filter((one) => one !== row);
    if (at < 0) return act === "up" ? put(row) : undefined;
    if (act === "tie") {
      const together = others.length && order[at][0] !== row;
      if (!together && !at) return;
      if (together) order.splice(at, 1, others, [row]);
      else order.splice(at - 1, 2, [...order[at - 1], row], ...(others.length ? [others] : []));
    } else if (others.length) {
      order.splice(at, 1, ...(act === "up" ? [[row], others] : [others, [row]]));
    } else {
      order.splice(at, 1);
      if (act === "up") order.splice(Math.max(at - 1, 0), 0, [row]);
      else if (at < order.length) order.splice(at + 1, 0, [row]);
    }
    settle(order, row);
    (origin.hidden ? boxOf(row) : origin).focus();
  }

  function takeTyped(row) {
    clearTimeout(typing);
    if (!row || (boxOf(row).value.trim() && !placeOf(row))) return; // the server says what is wrong with it
    const wanted = placeOf(row);
    if (ties) return draw(groups(), row);
    const order = groups().filter(([one]) => one !== row);
    if (wanted) order.splice(Math.min(wanted, last) - 1, 0, [row]);
    settle(order, row);
  }

  /* Write an order into the boxes, show it, say it, and let it be saved. */
  function settle(order, moved) {
    const before = rows.map((row) => boxOf(row).value);
    let place = 1;
    rows.forEach((row) => (boxOf(row).value = ""));
    for (const group of order) {
      if (place <= last) group.forEach((row) => (boxOf(row).value = place));
      place += group.length;
    }
    if (!ties && last === rows.length && order.length === last - 1 && order.flat().includes(moved)) {
      // One place and one option are left, and the option was not just taken out.
      const left = rows.find((row) => !placeOf(row));
      if (!before[rows.indexOf(left)]) boxOf(left).value = last;
    }
    draw(groups(), moved);
    if (rows.every((row, at) => boxOf(row).value === before[at])) return;
    if (unable) unable.checked = false;
    say(moved);
    list.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function say(row) {
    const place = placeOf(row);
    status.textContent = (place ? texts.placed : texts.out)
      .replace("{option}", nameOf(row))
      .replace("{place}", place);
  }

  /* Put the rows where their places are. The row that is moved stays in the page, so that it keeps
   * the focus and the pointer; the others move around it. */
  function draw(order, moved) {
    const placed = order.flat();
    const open = rows.filter((row) => !placed.includes(row));
    stand([...placed, divider, ...open], moved);
    divider.hidden = !open.length;
    const focused = document.activeElement;
    for (const row of rows) {
      const at = placed.indexOf(row);
      row.classList.toggle("is-placed", at >= 0);
      for (const button of row.querySelectorAll("button")) {
        const act = button.value;
        button.hidden = (act === "put") === (at >= 0);
        const idle = (act === "up" || act === "tie") && at === 0;
        button.setAttribute("aria-disabled", idle || (act === "put" && placed.length >= last));
        if (act === "put") {
          button.dataset.text ??= button.textContent;
          button.textContent = button.dataset.text.replace("{place}", Math.min(placed.length + 1, last));
        }
        if (act === "tie") {
          const group = order.find((one) => one.includes(row)) ?? [];
          button.setAttribute("aria-pressed", group.length > 1 && group[0] !== row);
        }
        button.setAttribute("aria-label", `${button.textContent.replace("=", "").trim()}: ${nameOf(row)}`);
      }
    }
    if (list.contains(focused) && focused.hidden) focused.closest("li").querySelector("button:not([hidden])").focus();
  }

  function stand(sequence, still) {
    if (sequence.every((one, at) => list.children[at] === one)) return;
    const middle = Math.max(sequence.indexOf(still), 0);
    const focused = document.activeElement;
    sequence.slice(0, middle).forEach((one) => sequence[middle].before(one));
    list.append(...sequence.slice(middle + 1));
    if (list.contains(focused) && document.activeElement !== focused) focused.focus();
  }

  function drag(event) {
    const grip = event.target;
    const row = grip.closest("li");
    const before = [...list.children];
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    row.classList.add("is-dragged");
    const follow = ({ clientY }) => {
      const others = [...list.children].filter((one) => one !== row);
      const at = others.filter((one) => !one.hidden && middleOf(one) < clientY).length;
      const shown = others.filter((one) => !one.hidden);
      const sequence = [...shown.slice(0, at), row, ...shown.slice(at), ...others.filter((one) => one.hidden)];
      stand(sequence, row);
      row.scrollIntoView({ block: "nearest" });
    };
    const end = (dropped) => {
      grip.removeEventListener("pointermove", follow);
      row.classList.remove("is-dragged");
      if (!dropped) return stand(before, row);
      const order = groups();
      const sequence = [...list.children];
      const placed = sequence.slice(0, sequence.indexOf(divider));
      const others = order.map((group) => group.filter((one) => one !== row)).filter((group) => group.length);
      const at = placed.indexOf(row);
      if (at >= 0) {
        const above = new Set(placed.slice(0, at));
        const next = others.findIndex((group) => !group.every((one) => above.has(one)));
        const spot = next < 0 ? others.length : next;
        const between = spot < others.length && others[spot].some((one) => above.has(one));
        if (between) others[spot].push(row);
        else others.splice(spot, 0, [row]);
      }
      settle(others, row);
    };
    grip.addEventListener("pointermove", follow);
    const cancel = (key) => key.key === "Escape" && grip.releasePointerCapture(event.pointerId);
    let dropped = false;
    grip.addEventListener("pointerup", () => (dropped = true), { once: true });
    document.addEventListener("keydown", cancel);
    grip.addEventListener(
      "lostpointercapture",
      () => {
        document.removeEventListener("keydown", cancel);
        end(dropped);
      },
      { once: true },
    );
  }
}

function middleOf(el) {
  const { top, height } = el.getBoundingClientRect();
  return top + height / 2;
}

/* Points to share: how many are left stands below, and the rest can be shared in one act. */
function share(item) {
  const texts = JSON.parse(item.dataset.texts);
  const total = Number(item.dataset.share);
  const boxes = [...item.querySelectorAll(".points-for input")];
  const sum = item.querySelector(".sum");
  const button = sum.querySelector("button");
  const told = item.querySelector("[data-lacks]");
  const status = item.querySelector("[role=status]");
  const unable = item.querySelector("[type=checkbox]");
  let saying = 0;

  sum.hidden = false;
  told.hidden = true; // what the server says when the page is saved is said here at once
  draw();

  item.addEventListener("input", (event) => {
    if (event.target === unable && unable.checked) boxes.forEach((box) => (box.value = ""));
    else if (unable && boxes.includes(event.target)) unable.checked = false;
    draw();
    clearTimeout(saying);
    saying = setTimeout(() => (status.textContent = words()), SAYING_PAUSE);
  });
  item.addEventListener("keydown", (event) => {
    const step = { ArrowUp: 1, ArrowDown: -1, PageUp: BIG_STEP, PageDown: -BIG_STEP }[event.key];
    if (!step || !boxes.includes(event.target)) return;
    event.preventDefault();
    event.target.value = Math.max(0, pointsIn(event.target) + step);
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
  });
  item.addEventListener("filled", draw);
  button.addEventListener("click", () => {
    const points = shared(boxes.map((box) => (box.value.trim() ? pointsIn(box) : null)), total);
    boxes.forEach((box, at) => (box.value = points[at]));
    if (unable) unable.checked = false;
    item.querySelector(".points-for").dispatchEvent(new Event("input", { bubbles: true }));
    boxes[0].focus();
  });

  function given() {
    return boxes.reduce((all, box) => all + pointsIn(box), 0);
  }

  function words() {
    const left = total - given();
    if (unable?.checked) return "";
    if (!left) return texts.whole;
    return left > 0 ? texts.left.replace("{left}", left) : texts.over.replace("{over}", -left);
  }

  function draw() {
    const left = total - given();
    sum.querySelector("[data-sum]").textContent = words();
    sum.classList.toggle("is-over", left < 0);
    button.hidden = !left || left === total || Boolean(unable?.checked);
    button.textContent = left < 0 || boxes.every((box) => box.value.trim()) ? texts.scale : texts.share;
    for (const box of boxes) box.closest("li").querySelector("progress").value = pointsIn(box);
  }
}

function pointsIn(box) {
  const typed = box.value.trim().replace(/\s*%$/, "");
  return /^\d+$/.test(typed) ? Number(typed) : 0;
}

/* Share the rest equally among the empty ones; where none is empty or too much is given, keep the
 * proportions and make the sum right. Whole points: the largest fractions get the odd ones. */
function shared(points, total) {
  const given = points.reduce((all, one) => all + (one ?? 0), 0);
  const empty = points.filter((one) => one === null).length;
  let exact;
  if (given <= total && empty) exact = points.map((one) => one ?? (total - given) / empty);
  else if (given) exact = points.map((one) => ((one ?? 0) * total) / given);
  else exact = points.map(() => total / points.length);
  const whole = exact.map(Math.floor);
  const byFraction = exact.map((one, at) => [one - whole[at], at]).sort(([a, i], [b, j]) => b - a || i - j);
  const odd = total - whole.reduce((all, one) => all + one, 0);
  for (const [, at] of byFraction.slice(0, odd)) whole[at] += 1;
  return whole;
}

/* A line to slide on, beside the box that holds the answer. It shows no handle until there is one: where
 * a handle already stands, many leave it, and all are drawn to it. */
function slide(item) {
  const texts = JSON.parse(item.dataset.texts);
  const track = item.querySelector(".track");
  const line = track.querySelector("[type=range]");
  const box = item.querySelector(".slider [name]");

  track.hidden = false;
  draw();
  item.addEventListener("filled", draw);
  box.addEventListener("input", draw);
  line.addEventListener("input", take);
  // Touched exactly where the hidden handle stands, the line does not change, and is meant all the same.
  line.addEventListener("click", take);
  line.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault(); // Enter would send the page
    take();
  });

  function take() {
    if (box.value.trim() === line.value) return;
    box.value = line.value;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function draw() {
    const typed = box.value.trim().replace(",", ".").replace("\u2212", "-");
    const given = typed !== "" && Number.isFinite(Number(typed));
    track.classList.toggle("is-unset", !given);
    line.value = given ? typed : (Number(line.min) + Number(line.max)) / 2;
    if (given) line.removeAttribute("aria-valuetext");
    else line.setAttribute("aria-valuetext", texts.unset);
  }
}
