package probe

import (
	"fmt"
	"regexp"
	"strings"
)

// check names what is wrong in the options before anything is sent.
func (o Options) check() error {
	expressions := append(append([]string{o.Expect}, o.Body...), o.NoBody...)
	for _, h := range o.Header {
		name, expression, ok := strings.Cut(h, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return fmt.Errorf("header %q is not Name: expression", h)
		}
		expressions = append(expressions, strings.TrimSpace(expression))
	}
	for _, e := range expressions {
		if _, err := regexp.Compile(e); err != nil {
			return fmt.Errorf("%q is no regular expression: %w", e, err)
		}
	}
	for _, j := range o.JSON {
		if _, err := readAssertion(j); err != nil {
			return err
		}
	}
	if o.MinTLS != "" && versions[o.MinTLS] == 0 {
		return fmt.Errorf("TLS version %q is not 1.0, 1.1, 1.2 or 1.3", o.MinTLS)
	}
	if _, ok := recordTypes[strings.ToUpper(o.Type)]; o.Type != "" && !ok {
		return fmt.Errorf("record type %q is not known", o.Type)
	}
	for part := range strings.SplitSeq(o.Status, ",") {
		if o.Status != "" && !statusForm.MatchString(strings.TrimSpace(part)) {
			return fmt.Errorf("status %q is not one such as 200, 2xx or 200-299", part)
		}
	}
	return nil
}

var statusForm = regexp.MustCompile(`^[1-5][0-9xX]{2}(-[1-5][0-9xX]{2})?$`)
