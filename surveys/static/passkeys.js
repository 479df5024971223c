/* Asks the browser for a passkey and sends what it gives: the server says what to ask for (data-options). */

const form = document.getElementById("passkey");
if (form) {
  form.querySelector("button").addEventListener("click", () => ask(form));
  ask(form);
}

async function ask(form) {
  const state = document.getElementById("passkey-state");
  const options = JSON.parse(form.dataset.options);
  try {
    const given =
      form.dataset.act === "create"
        ? await navigator.credentials.create({ publicKey: creation(options) })
        : await navigator.credentials.get({ publicKey: request(options) });
    form.elements.credential.value = JSON.stringify(asJson(given));
    form.submit();
  } catch (error) {
    console.info(error);
    state.textContent = form.dataset.trouble;
  }
}

function creation(options) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map(named),
  };
}

function request(options) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: (options.allowCredentials ?? []).map(named),
  };
}

function named(credential) {
  return { ...credential, id: bytes(credential.id) };
}

/* The parts that the server reads; browsers that know toJSON() give the same. */
function asJson(given) {
  const { response } = given;
  const part = (name) => (response[name] ? text(response[name]) : undefined);
  return {
    id: given.id,
    rawId: text(given.rawId),
    type: given.type,
    response: {
      clientDataJSON: part("clientDataJSON"),
      attestationObject: part("attestationObject"),
      authenticatorData: part("authenticatorData"),
      signature: part("signature"),
      userHandle: part("userHandle"),
      transports: response.getTransports?.(),
    },
    extensions: JSON.stringify(given.getClientExtensionResults()),
  };
}

function bytes(base64url) {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
}

function text(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
