package importing

import (
	"encoding/json"
	"strings"

	"steward/kernel/fail"
	"steward/lib/locale"
	"steward/lib/words"
)

// reason is why a row was left out or kept, as it is stored: the column, when it is
// about one, and a sentence that each reader is told in the own language.
type reason struct {
	Column string     `json:"column,omitempty"`
	Said   words.Said `json:"said"`
}

func reasonOf(column string, e *fail.Error) reason {
	return reason{column, words.Said{Key: e.Key, English: e.Text, Args: e.Args}}
}

// spelled is how reasons are stored.
func spelled(list ...reason) string {
	raw, err := json.Marshal(list)
	if err != nil { // an argument that cannot be kept: the English sentence can
		plain := make([]reason, len(list))
		for i, one := range list {
			plain[i] = reason{one.Column, words.Plain(fail.Fill(one.Said.English, one.Said.Args))}
		}
		raw, _ = json.Marshal(plain)
	}
	return string(raw)
}

// because says stored reasons: "column: what" for each. Imports of earlier versions
// stored the text alone.
func because(stored string, tell func(words.Said) string) string {
	var list []reason
	if !strings.HasPrefix(stored, "[{") || json.Unmarshal([]byte(stored), &list) != nil {
		return stored
	}
	var out []string
	for _, one := range list {
		text := tell(one.Said)
		if one.Column != "" {
			text = one.Column + ": " + text
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

// inEnglish tells for programs, which go by the English sentence.
func inEnglish(s words.Said) string { return s.In(words.New(), locale.En) }
