import { $$, on, make } from "./dom.js"
// Charts read out their numbers: by mouse, by touch and by arrow keys.
let tip
const rows = z => z.dataset.v.split("\n").map(l => { const [n, v, c] = l.split("\t"); return make("div", { className: c || "" }, make("span", { textContent: n }), make("span", { textContent: v ?? "" })) })
const show = (z, x, y) => {
  $$(".v-hz.on").forEach(n => n.classList.remove("on")); z.classList.add("on")
  tip ||= document.body.appendChild(make("div", { className: "tip", role: "status" }))
  tip.replaceChildren(make("b", { textContent: z.dataset.l }), ...rows(z))
  tip.hidden = false
  tip.style.left = Math.max(8, Math.min(x + 14, innerWidth - tip.offsetWidth - 8)) + "px"
  tip.style.top = Math.max(8, y - tip.offsetHeight - 8) + "px"
}
const hide = () => { if (tip) tip.hidden = true; $$(".v-hz.on").forEach(n => n.classList.remove("on")) }
on("pointermove", ".v-hz", (z, e) => show(z, e.clientX, e.clientY))
on("pointerdown", ".v-hz", (z, e) => show(z, e.clientX, e.clientY))
on("pointerout", "[data-chart]", hide)
on("focusout", "[data-chart]", hide)
on("keydown", "[data-chart]", (el, e) => {
  const d = { ArrowRight: 1, ArrowLeft: -1 }[e.key]
  if (e.key === "Escape") return hide()
  if (!d) return
  e.preventDefault()
  const z = $$(".v-hz", el); let i = z.findIndex(n => n.classList.contains("on"))
  if (!z.length) return
  i = i < 0 ? (d > 0 ? 0 : z.length - 1) : Math.max(0, Math.min(z.length - 1, i + d))
  const r = z[i].getBoundingClientRect(); show(z[i], r.left + r.width / 2, r.top + 40)
})
