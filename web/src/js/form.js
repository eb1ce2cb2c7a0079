import { $, $$, on, ready } from "./dom.js"
// form[data-guard]: leaving with unsaved input asks first.
on("input", "form[data-guard]", f => f.classList.add("dirty"))
on("change", "form[data-guard]", f => f.classList.add("dirty"))
on("submit", "form[data-guard]", f => f.classList.remove("dirty"))
addEventListener("beforeunload", e => { if ($("form[data-guard].dirty")) e.preventDefault() })
// Errors are read first: the summary takes the focus when a form comes back with some.
let seen
ready(() => { const s = $(".errsum"); if (s && s !== seen) { seen = s; s.focus() } })
on("change", "[data-submit]", el => el.form.requestSubmit())
// data-shows="#id": a check box or radio that opens further fields
const show = el => { const t = $(el.dataset.shows); if (t) t.hidden = !el.checked }
on("change", "input", el => $$("[data-shows]", el.form ?? document).forEach(show))
ready(() => $$("[data-shows]").forEach(show))
// Destructive: the button stays off until the name is typed.
on("input", "[data-must]", el => { const b = $("[data-armed]", el.form); if (b) b.disabled = el.value.trim() !== el.dataset.must })
// Files: drop them on .drop or choose; the names are shown; data-auto sends at once.
const files = d => { const i = $("input[type=file]", d), n = $("[data-files]", d); if (n) n.textContent = [...i.files].map(f => f.name).join(", "); if ("auto" in d.dataset && i.files.length) i.form.requestSubmit() }
on("dragover", ".drop", (d, e) => { e.preventDefault(); d.classList.add("over") })
on("dragleave", ".drop", d => d.classList.remove("over"))
on("drop", ".drop", (d, e) => { e.preventDefault(); d.classList.remove("over"); const i = $("input[type=file]", d); i.files = e.dataTransfer.files; i.dispatchEvent(new Event("change", { bubbles: true })) })
on("change", ".drop", files)
// Ctrl Enter sends a comment
on("keydown", "textarea", (t, e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && t.form) { e.preventDefault(); t.form.requestSubmit() } })
