package database

import (
	"cmp"
	"fmt"
	"io"
	"strings"
)

// WriteMarkdown writes the structure as a document: an overview, then each
// table with its columns, keys, what refers to it, and its indexes.
func WriteMarkdown(w io.Writer, s *Structure) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Tables of %s\n\n", md(s.Target))
	fmt.Fprintf(&b, "%s %s", md(s.Server.Product), md(s.Server.Version))
	if !s.At.IsZero() {
		fmt.Fprintf(&b, ", as of %s", s.At.UTC().Format("2006-01-02 15:04 UTC"))
	}
	fmt.Fprintf(&b, ". %s.\n\n", count(len(s.Tables), "table"))
	referring := map[string][]string{}
	for _, t := range s.Tables {
		for _, k := range t.Keys {
			if k.Kind == "foreign" {
				referring[k.RefTable] = append(referring[k.RefTable], fmt.Sprintf("%s (%s)", link(t.FullName()), md(strings.Join(k.Columns, ", "))))
			}
		}
	}
	b.WriteString("| table | kind | rows, estimated | size | what it is |\n| --- | --- | ---: | ---: | --- |\n")
	for _, t := range s.Tables {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", link(t.FullName()), md(t.Kind), whole(t.Rows), size(t.Bytes), md(t.Comment))
	}
	for _, t := range s.Tables {
		fmt.Fprintf(&b, "\n## <a id=\"%s\"></a>%s\n", anchor(t.FullName()), md(t.FullName()))
		if t.Comment != "" {
			fmt.Fprintf(&b, "\n%s\n", md(t.Comment))
		}
		if len(t.Columns) > 0 {
			b.WriteString("\n| column | type | may be empty | default | what it is |\n| --- | --- | --- | --- | --- |\n")
			for _, c := range t.Columns {
				empty := "no"
				if c.Nullable {
					empty = "yes"
				}
				fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", md(c.Name), md(c.Type), empty, md(cmp.Or(c.Generated, c.Default)), md(c.Comment))
			}
		}
		if len(t.Keys) > 0 {
			b.WriteString("\nKeys:\n\n")
			for _, k := range t.Keys {
				to := ""
				if k.RefTable != "" {
					to = " → " + link(k.RefTable) + " (" + md(strings.Join(k.RefColumns, ", ")) + ")"
				}
				if k.OnDelete != "" {
					to += ", on delete " + md(k.OnDelete)
				}
				of := " (" + md(strings.Join(k.Columns, ", ")) + ")"
				if k.Definition != "" {
					of = " " + md(k.Definition)
				}
				fmt.Fprintf(&b, "- %s%s%s\n", md(k.Kind), of, to)
			}
		}
		if list := referring[t.FullName()]; len(list) > 0 {
			fmt.Fprintf(&b, "\nReferred to by %s.\n", strings.Join(list, ", "))
		}
		if len(t.Indexes) > 0 {
			b.WriteString("\nIndexes:\n\n")
			for _, x := range t.Indexes {
				fmt.Fprintf(&b, "- %s: %s\n", md(x.Name), md(x.Describe()))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func whole(n *int64) string {
	if n == nil {
		return "–"
	}
	s := fmt.Sprint(*n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func size(n *int64) string {
	if n == nil {
		return "–"
	}
	v, unit := float64(*n), 0
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	for v >= 1024 && unit < len(units)-1 {
		v, unit = v/1024, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%.0f B", v)
	}
	return fmt.Sprintf("%.1f %s", v, units[unit])
}

var mdSigns = strings.NewReplacer("\\", "\\\\", "|", "\\|", "*", "\\*", "_", "\\_", "`", "\\`", "<", "&lt;", "[", "\\[", "]", "\\]", "#", "\\#", "\r", " ", "\n", " ")

// md makes a text stand as it is in Markdown.
func md(s string) string { return mdSigns.Replace(clean(s)) }

func link(table string) string { return "[" + md(table) + "](#" + anchor(table) + ")" }

// anchor is a name for links: letters and digits as they are, all else as its number.
func anchor(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "-%x", r)
		}
	}
	return b.String()
}
