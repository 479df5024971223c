/* A form whose act takes some seconds says so, and cannot be sent twice meanwhile. */

for (const form of document.querySelectorAll("form.patience")) {
  form.addEventListener("submit", () => {
    form.querySelector(".working").textContent = form.dataset.working;
    form.setAttribute("aria-busy", "true");
    // After the browser has read the form: a button that is switched off is not sent.
    setTimeout(() => form.querySelectorAll("button").forEach((button) => (button.disabled = true)));
  });
}
addEventListener("pageshow", (event) => event.persisted && location.reload());
