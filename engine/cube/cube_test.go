package cube

import (
	"testing"
)

func TestQuick(t *testing.T) {
	tb := generated(t, 100_000)
	res, err := tb.Run(t.Context(), AllRows(), ask(t, "sum(amount),distinct(customer)", "year(date)", ""))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", res.Text())
}
