package chart

import (
	"html"
	"html/template"
	"strings"
)

// Say is how words are said: the function templates call as t.
type Say func(key, english string, pairs ...any) string

// HTML is the chart as a page shows it: the picture, and under it its numbers
// as a table that opens.
func (s Scene) HTML(t Say) template.HTML {
	var b strings.Builder
	s.write(&b)
	if len(s.Numbers.Rows) > 0 {
		b.WriteString(`<details class="as-table"><summary>` + html.EscapeString(t("kernel.chart.numbers", "Show the numbers")) + `</summary>`)
		s.table(&b, t)
		b.WriteString(`</details>`)
	}
	return template.HTML(b.String())
}

// Named is the chart below the names of its series, when it has several: for a
// place whose head does not hold the legend.
func (s Scene) Named(t Say) template.HTML {
	if len(s.Legend) < 2 {
		return s.HTML(t)
	}
	return s.LegendHTML() + s.HTML(t)
}

// TableHTML is the chart's numbers instead of its picture.
func (s Scene) TableHTML(t Say) template.HTML {
	var b strings.Builder
	s.table(&b, t)
	return template.HTML(b.String())
}

// table writes the numbers into a box that scrolls where the page is narrow.
func (s Scene) table(b *strings.Builder, t Say) {
	b.WriteString(`<div class="tscroll" tabindex="0" role="region" aria-label="` + html.EscapeString(t("kernel.chart.as-table", "{title}, as a table", "title", s.Title)) + `">`)
	s.Numbers.write(b)
	b.WriteString(`</div>`)
}

// HTML is the table alone.
func (t Table) HTML() template.HTML {
	var b strings.Builder
	t.write(&b)
	return template.HTML(b.String())
}

func (t Table) write(b *strings.Builder) {
	num := func(i int) string {
		if i < len(t.Num) && t.Num[i] {
			return ` class="n"`
		}
		return ""
	}
	b.WriteString(`<table><thead><tr>`)
	for i, h := range t.Head {
		b.WriteString(`<th scope="col"` + num(i) + `>` + html.EscapeString(h) + `</th>`)
	}
	b.WriteString(`</tr></thead><tbody>`)
	for _, r := range t.Rows {
		b.WriteString(`<tr>`)
		for i, c := range r {
			if i == 0 {
				b.WriteString(`<th scope="row">` + html.EscapeString(c) + `</th>`)
				continue
			}
			b.WriteString(`<td` + num(i) + `>` + html.EscapeString(c) + `</td>`)
		}
		b.WriteString(`</tr>`)
	}
	b.WriteString(`</tbody></table>`)
}

// LegendHTML names the series, for the card's head.
func (s Scene) LegendHTML() template.HTML {
	var b strings.Builder
	b.WriteString(`<div class="leg">`)
	for _, k := range s.Legend {
		class := k.Class
		if k.Kind != "" && k.Kind != "square" {
			class += " " + k.Kind
		}
		b.WriteString(`<span class="` + class + `">` + html.EscapeString(k.Name) + `</span>`)
	}
	b.WriteString(`</div>`)
	return template.HTML(b.String())
}
