package device

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"steward/collect/network/seen"
)

// members reads the machines a stack is made of: ENTITY-MIB where it has
// several chassis, CISCO-STACKWISE-MIB and the makers' own tables. One alone is
// no stack.
func (r *reader) members() int {
	var list []seen.Member
	for _, c := range r.d.Components {
		if c.Class != "chassis" || c.Serial == "" && c.Model == "" || c.Within != 0 && r.classOf(c.Within) == "chassis" {
			continue
		}
		list = append(list, seen.Member{Number: memberNumber(c), Serial: c.Serial, Model: c.Model, Role: c.StackRole, Version: c.Software, Part: c.Index})
	}
	// chassis of a stack are told apart by their numbers; where those repeat, by their order
	numbers := map[int64]bool{}
	for _, m := range list {
		if m.Number < 1 || numbers[m.Number] {
			for i := range list {
				list[i].Number = int64(i + 1)
			}
			break
		}
		numbers[m.Number] = true
	}
	if strings.HasPrefix(r.d.SysObjectID, "1.3.6.1.4.1.9.") {
		list = r.stackWise(list)
	}
	own := 0
	r.fromTables("members", func() int { return own }, func(w cells) {
		m := seen.Member{Serial: w.text("serial"), Model: w.text("model"), Role: w.text("role"), State: w.text("state"), Version: w.text("version")}
		m.MAC, _ = w.values["mac"].MAC()
		if n, ok := w.number("number"); ok {
			m.Number = int64(n)
		} else if len(w.index) > 0 {
			m.Number = int64(w.index[len(w.index)-1])
		}
		if m.Serial == "" && m.Model == "" && m.MAC == "" && m.Role == "" {
			return
		}
		own++
		list = joined(list, m)
	})
	if len(list) < 2 {
		return 0
	}
	slices.SortStableFunc(list, func(a, b seen.Member) int { return cmp.Compare(a.Number, b.Number) })
	r.d.Members = list
	for _, m := range list {
		for i := range r.d.Components {
			if c := &r.d.Components[i]; c.Index == m.Part && c.StackRole == "" {
				c.StackRole = m.Role
			}
		}
	}
	return len(list)
}

func (r *reader) classOf(index int64) string {
	for _, c := range r.d.Components {
		if c.Index == index {
			return c.Class
		}
	}
	return ""
}

// memberNumber is the number in a chassis' name, else its place.
func memberNumber(c seen.Component) int64 {
	for _, s := range []string{c.Name, c.Descr} {
		if f := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' }); len(f) == 1 && len(f[0]) <= 2 {
			n, _ := strconv.ParseInt(f[0], 10, 64)
			return n
		}
	}
	return c.Position
}

// joined adds a member, or what it tells to the same one: the one of its serial
// number, else of its number.
func joined(list []seen.Member, m seen.Member) []seen.Member {
	at := -1
	for i, o := range list {
		if m.Serial != "" && o.Serial == m.Serial {
			at = i
		}
	}
	for i, o := range list {
		if at < 0 && o.Number == m.Number && (m.Serial == "" || o.Serial == "") {
			at = i
		}
	}
	if at < 0 {
		return append(list, m)
	}
	o := &list[at]
	o.Number = m.Number
	for _, f := range []struct {
		to   *string
		from string
	}{{&o.Serial, m.Serial}, {&o.Model, m.Model}, {&o.Role, m.Role}, {&o.State, m.State}, {&o.MAC, m.MAC}, {&o.Version, m.Version}} {
		if *f.to == "" {
			*f.to = f.from
		}
	}
	return list
}

// stackWise adds what CISCO-STACKWISE-MIB tells of a member's chassis.
func (r *reader) stackWise(list []seen.Member) []seen.Member {
	states := []string{"waiting", "progressing", "added", "ready", "sdm-mismatch", "version-mismatch", "feature-mismatch", "new-master-init", "provisioned", "invalid", "removed"}
	for _, w := range r.table("1.3.6.1.4.1.9.9.500.1.2.1.1", 1, 3, 6, 7).list {
		for i := range list {
			if list[i].Part != w.first() {
				continue
			}
			m := &list[i]
			if n := w.int(1); n > 0 {
				m.Number = n
			}
			m.Role = cmp.Or(word(w.int(3), "master", "member", "not-member", "standby"), m.Role)
			m.State = word(w.int(6), states...)
			m.MAC, _ = w.get(7).MAC()
		}
	}
	return list
}
