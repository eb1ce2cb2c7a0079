// Passkeys: signing in by a device, and adding one to the account. Only those pages load it.
const $ = (s, r = document) => r.querySelector(s)
const post = (url, body) => fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body }).then(async r => { const v = await r.json(); if (!r.ok) throw new Error(v.problem); return v })
const tell = (el, text) => { const p = $("[data-passkey-problem]"); if (p) { p.textContent = text || el.dataset.failed; p.hidden = false } }
const can = window.PublicKeyCredential?.parseRequestOptionsFromJSON
// begin asks the server for its options, the device for its answer, and sends it back
const begin = async (el, start, ask, finish) => {
  el.setAttribute("aria-busy", "true")
  try { location.assign((await post(finish, JSON.stringify((await ask((await post(start)).publicKey)).toJSON()))).to) }
  catch (e) { tell(el, e.name === "Error" && e.message) }
  el.removeAttribute("aria-busy")
}
const use = $("button[data-passkey]"), add = $("form[data-passkey-add]")
if (use && can) {
  use.hidden = false
  use.addEventListener("click", () => begin(use, use.dataset.passkey + "/start", o => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(o) }), use.dataset.passkey + "?back=" + encodeURIComponent(use.dataset.back || "")))
}
if (add && can) {
  add.hidden = false
  add.addEventListener("submit", e => {
    e.preventDefault()
    begin(add, add.dataset.passkeyAdd + "/start", o => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(o) }), add.dataset.passkeyAdd + "?name=" + encodeURIComponent(add.elements.name.value))
  })
}
