package drill

import (
	"errors"
	"testing"

	"steward/collect/backup"
)

func TestQueriesThatSayNotWhatIsRightAreRefused(t *testing.T) {
	for _, s := range []string{``, `{}`, `[{"name":"a"}]`, `[{"name":"a","sql":"SELECT 1"}]`, `[{"name":"a","sql":"SELECT 1","min":"x"}]`, `[{"name":"a","sql":"SELECT 1","min":"1e9"}]`, `[{"name":"a","sql":"SELECT 1","max":"1","other":1}]`, `[] []`} {
		var wrong *backup.Wrong
		if _, err := ParseQueries([]byte(s)); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestAnswersAreComparedAsNumbersExactly(t *testing.T) {
	low, high := "0.1", "100000000000000000000000.2"
	q := Query{Min: &low, Max: &high}
	for answer, want := range map[string]bool{"0.1": true, "0.09999999999999999999": false, "100000000000000000000000.2": true, "100000000000000000000000.20001": false, "many": false, "": false, "-5": false} {
		if q.right(answer) != want {
			t.Errorf("%q is right: %v", answer, !want)
		}
	}
}

func FuzzParseQueries(f *testing.F) {
	f.Add(`[{"name":"a","sql":"SELECT 1","min":"0.1","max":"99"}]`, "50")
	f.Add(`[{"name":"a","sql":"SELECT 1","equals":"x"}]`, "x")
	f.Fuzz(func(t *testing.T, s, answer string) {
		list, err := ParseQueries([]byte(s))
		if err != nil {
			return
		}
		for _, q := range list {
			q.right(answer)
			q.expected()
		}
	})
}
