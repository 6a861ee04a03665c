// This file holds what a page with a passkey does: it asks the browser for the passkey, and sends what that answers.

const form = document.getElementById("passkey");
const given = JSON.parse(form.dataset.options).publicKey;
const isNew = "user" in given; // only a passkey that is being made is made for somebody

/** What the passkey answers, as JSON. */
async function answer() {
  const credential = isNew
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(given) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(given) });
  return JSON.stringify(credential);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  const failed = document.getElementById("failed");
  button.disabled = true;
  failed.hidden = true;
  try {
    form.elements.credential.value = await answer();
    form.submit();
  } catch (error) {
    console.info("The passkey gave no answer:", error.name);
    failed.hidden = false;
    button.disabled = false;
    button.focus();
  }
});

if (window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  document.getElementById("unable").hidden = true;
  form.hidden = false;
}
