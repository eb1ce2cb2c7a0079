package cube

import (
	"fmt"
	"strings"
)

// ParseWhere reads a condition: country = 'DE' and (amount > 10 or paid = true),
// year(date) = 2024, date between 2024-01-01 and 2024-03-31, country in (DE, SE),
// name contains Bob, code is null.
func ParseWhere(s string) (Cond, error) {
	list, err := tokens(s)
	if err != nil {
		return Cond{}, fmt.Errorf("where %q: %w", s, err)
	}
	p := &parser{list: list}
	c, err := p.or()
	if err == nil && p.peek().kind != 0 {
		err = p.wrong("and, or, or the end")
	}
	if err != nil {
		return Cond{}, fmt.Errorf("where %q: %w", s, err)
	}
	return c, nil
}

func (p *parser) or() (Cond, error) {
	c, err := p.and()
	if err != nil {
		return c, err
	}
	list := []Cond{c}
	for p.take("or") {
		if c, err = p.and(); err != nil {
			return c, err
		}
		list = append(list, c)
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return Cond{Or: list}, nil
}

func (p *parser) and() (Cond, error) {
	var list []Cond
	for {
		c, err := p.condition()
		if err != nil {
			return c, err
		}
		list = append(list, c)
		if !p.take("and") {
			break
		}
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return Cond{And: list}, nil
}

func (p *parser) condition() (Cond, error) {
	if p.take("(") {
		if err := p.deeper(); err != nil {
			return Cond{}, err
		}
		c, err := p.or()
		if err == nil && !p.take(")") {
			err = p.wrong(")")
		}
		return c, err
	}
	t := p.next()
	if t.kind != 'n' && t.kind != '"' {
		p.list = append([]token{t}, p.list...)
		return Cond{}, p.wrong("a column")
	}
	c := Cond{Column: t.text}
	if t.kind == 'n' && p.take("(") {
		col := p.next()
		if !isGrain(Grain(strings.ToLower(t.text))) || !p.take(")") {
			return c, fmt.Errorf("%q at position %d is no period of a date; use day, week, month, quarter, year, weekday, hour", t.text, t.at+1)
		}
		c.Column, c.Grain = col.text, Grain(strings.ToLower(t.text))
	}
	not := p.take("not")
	switch {
	case p.take("is"):
		c.Op = "is null"
		if p.take("not") {
			c.Op = "is not null"
		}
		if not || !p.take("null") {
			return c, p.wrong("null")
		}
		return c, nil
	case p.take("in"):
		c.Op = "in"
		if not {
			c.Op = "not in"
		}
		return c, p.valueList(&c)
	case not:
		return c, p.wrong("in")
	case p.take("between"):
		c.Op = "between"
		if err := p.value(&c); err != nil {
			return c, err
		}
		if !p.take("and") {
			return c, p.wrong("and")
		}
		return c, p.value(&c)
	case p.take("contains"), p.take("~"):
		c.Op = "contains"
	case p.take("starts"):
		p.take("with")
		c.Op = "starts"
	default:
		op := p.peek()
		switch op.text {
		case "=", "==":
			c.Op = "="
		case "!=", "<>":
			c.Op = "!="
		case "<", "<=", ">", ">=":
			c.Op = op.text
		default:
			return c, p.wrong("=, !=, <, <=, >, >=, in, between, contains or is null")
		}
		if op.kind != 'p' {
			return c, p.wrong("an operator")
		}
		p.next()
	}
	return c, p.value(&c)
}

// value takes one value; bare words may follow each other: country = United Kingdom.
func (p *parser) value(c *Cond) error {
	t := p.peek()
	switch {
	case t.kind == '\'' || t.kind == '0' || t.kind == '"':
		p.next()
		if t.kind == '0' && p.peek().kind == 'n' && p.peek().at == t.at+len(t.text) {
			t.text += p.next().text // a code such as 4A
		}
		c.Values = append(c.Values, t.text)
		return nil
	case t.kind == 'p' && (t.text == "-" || t.text == "+"):
		p.next()
		n := p.next()
		if n.kind != '0' {
			return fmt.Errorf("%q at position %d should be a number", n.text, n.at+1)
		}
		c.Values = append(c.Values, strings.TrimPrefix(t.text, "+")+n.text)
		return nil
	case t.kind == 'n':
		var words []string
		for p.peek().kind == 'n' && !isWord(p.peek().text) {
			words = append(words, p.next().text)
		}
		if len(words) == 0 {
			return p.wrong("a value")
		}
		c.Values = append(c.Values, strings.Join(words, " "))
		return nil
	}
	return p.wrong("a value")
}

func isWord(s string) bool { return strings.EqualFold(s, "and") || strings.EqualFold(s, "or") }

func (p *parser) valueList(c *Cond) error {
	if !p.take("(") {
		return p.wrong("(")
	}
	for {
		if err := p.value(c); err != nil {
			return err
		}
		if p.take(")") {
			return nil
		}
		if !p.take(",") {
			return p.wrong("a comma or )")
		}
	}
}
