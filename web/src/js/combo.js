import { $, $$, on, make, ready } from "./dom.js"
// One box with a list from the server serves the palette (options are links) and the relation picker (options are buttons).
const listOf = box => document.getElementById(box.getAttribute("aria-controls"))
const options = box => $$("[role=option]", listOf(box) ?? box)
const mark = (box, n) => {
  options(box).forEach(o => o.setAttribute("aria-selected", o === n))
  if (n) { n.scrollIntoView({ block: "nearest" }); box.setAttribute("aria-activedescendant", n.id ||= "o" + Math.random().toString(36).slice(2)) } else box.removeAttribute("aria-activedescendant")
}
on("keydown", "input[role=combobox]", (box, e) => {
  const o = options(box), i = o.findIndex(x => x.ariaSelected === "true")
  if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); if (o.length) mark(box, o[(i + (e.key === "ArrowDown" ? 1 : i < 0 ? 0 : -1) + o.length) % o.length]) }
  else if (e.key === "Enter" && (i >= 0 || box.closest("#cmdk"))) { e.preventDefault(); (o[i] ?? o[0])?.click() }
  else if (e.key === "Escape" && box.closest(".pick") && listOf(box)?.childElementCount) { e.preventDefault(); e.stopPropagation(); shut(box) }
  else if (e.key === "Backspace" && !box.value) $$("[data-unpick]", box.closest(".pick") ?? box).at(-1)?.click()
})
const shut = box => { listOf(box)?.replaceChildren(); box.setAttribute("aria-expanded", false) }
ready(() => $$("input[role=combobox]").forEach(box => {
  const o = options(box); box.setAttribute("aria-expanded", o.length > 0)
  if (o.length && !o.some(x => x.ariaSelected === "true") && document.activeElement === box) mark(box, o[0])
}))
// .pick[data-pick=NAME]: a chosen option becomes a chip with a hidden field; data-many keeps the ones before it.
on("mousedown", ".picks", (_, e) => e.preventDefault())
on("click", ".picks [role=option]", (opt, e) => {
  e.preventDefault()
  const p = opt.closest(".pick"), box = $("input[role=combobox]", p)
  if (!("many" in p.dataset)) $$(".chip", p).forEach(c => c.remove())
  if (!$$("input[type=hidden]", p).some(h => h.value === opt.dataset.value)) {
    const x = $("template", p)?.content.cloneNode(true) ?? "×"
    box.before(make("span", { className: "chip" }, opt.dataset.label || opt.textContent.trim(), make("input", { type: "hidden", name: p.dataset.pick, value: opt.dataset.value }), make("button", { type: "button", ariaLabel: (p.dataset.remove || "Remove {name}").replace("{name}", opt.dataset.label || ""), onclick: null }, x)))
    $$(".chip>button", p).at(-1).dataset.unpick = ""
  }
  box.value = ""; shut(box); box.focus(); p.dispatchEvent(new Event("change", { bubbles: true }))
})
on("click", "[data-unpick]", el => { const p = el.closest(".pick"); el.closest(".chip").remove(); $("input[role=combobox]", p)?.focus(); p.dispatchEvent(new Event("change", { bubbles: true })) })
on("focusout", ".pick", (p, e) => { if (!p.contains(e.relatedTarget)) { const b = $("input[role=combobox]", p); if (b) shut(b) } })
