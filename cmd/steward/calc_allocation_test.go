package main

import (
	"strings"
	"testing"
)

const departments = `"pools": [{"id": "S1", "cost": 200000, "to": {"S2": 10, "P1": 50, "P2": 40}}, {"id": "S2", "cost": 100000, "to": {"S1": 20, "P1": 30, "P2": 50}}]`

func TestAllocationAnswersOnTheCommandLine(t *testing.T) {
	for method, want := range map[string][2]float64{
		"direct": {148611.11, 151388.89}, "step_down": {145000, 155000}, "reciprocal": {148979.59, 151020.41},
	} {
		targets := answer(t, "allocation", `{"method": "`+method+`", `+departments+`}`, "targets").([]any)
		p1, p2 := targets[0].(map[string]any)["amount"], targets[1].(map[string]any)["amount"]
		if p1 != want[0] || p2 != want[1] {
			t.Errorf("%s: P1 %v, P2 %v, want %v", method, p1, p2, want)
		}
	}
	_, why, code := calculate(t, "allocation", `{"method": "step_down", `+departments+`}`, "--explain")
	if code != exitDone || !strings.Contains(why, "Another order") {
		t.Errorf("exit %d, explained: %s", code, why)
	}
}

func TestAllocationNamesTheWrongPlace(t *testing.T) {
	refused(t, "allocation", `{"method": "magic", `+departments+`}`, "method: \"magic\" is not known")
	refused(t, "allocation", `{"method": "direct", "targets": ["P1"], `+departments+`}`, "pools[0].to.P2: is neither a pool nor one of the targets")
	refused(t, "allocation", `{"method": "reciprocal", "targets": ["P"], "pools": [{"id": "A", "cost": 1, "to": {"B": 1}}, {"id": "B", "cost": 1, "to": {"A": 1}}]}`, "A → B → A: a closed loop")
	refused(t, "allocation", `{"method": "direct", "pools": [{"id": "A", "cost": 1.005, "to": {"P": 1}}]}`, "pools[0].cost: 1.005 has more than 2 decimals")
	refused(t, "allocation", `{"method": "direct", "pools": [{"id": "A", "cost": 1, "split": "fixed", "to": {"P": 101}}]}`, "more than 100")
}
