package forecast

import "strings"

// method is one way to foretell that can be asked for by name.
type method struct {
	name    string
	about   string
	members []member
}

// methods are the ways to foretell, the general ones first.
var methods = []method{
	{"combination", "weighted median of eight methods", combination},
	{"naive", "the last value", []member{memberNaive}},
	{"seasonal-naive", "the last cycle again", []member{memberSeasonalNaive}},
	{"drift", "the last value and the mean change", []member{memberDrift}},
	{"ses", "simple exponential smoothing", []member{adjustedETS(etsModel{'A', 'N', 'N'})}},
	{"holt", "exponential smoothing with a trend", []member{adjustedETS(etsModel{'A', 'A', 'N'})}},
	{"damped", "exponential smoothing with a damped trend", []member{adjustedETS(etsModel{'A', 'D', 'N'})}},
	{"ets", "exponential smoothing in state space form, chosen by AICc", []member{memberETS}},
	{"theta", "the standard theta method", []member{memberTheta(thetaModel{})}},
	{"optimised-theta", "theta estimated", []member{memberTheta(thetaModel{optimise: true})}},
	{"dynamic-optimised-theta", "theta estimated, the line follows the data", []member{memberTheta(thetaModel{optimise: true, dynamic: true})}},
	{"ces", "complex exponential smoothing", []member{memberCES}},
	{"arima", "ARIMA on the seasonally adjusted series, orders by KPSS and AICc", []member{memberARIMA}},
	{"croston", "intermittent demand, Croston", []member{memberCroston("Croston", false)}},
	{"sba", "intermittent demand, Syntetos and Boylan", []member{memberCroston("SBA", true)}},
	{"tsb", "intermittent demand, Teunter, Syntetos and Babai", []member{memberTSB}},
}

// onDemand is what suits intermittent demand.
var onDemand = []member{memberCroston("SBA", true), memberTSB}

// Methods returns the names a forecast can be asked for, "auto" first: the
// combination, or SBA and TSB together for intermittent demand.
func Methods() []string {
	out := []string{"auto"}
	for _, m := range methods {
		out = append(out, m.name)
	}
	return out
}

func methodList() string { return strings.Join(Methods(), ", ") }

func isMethod(name string) bool {
	if name == "" || name == "auto" {
		return true
	}
	return findMethod(name) != nil
}

func findMethod(name string) *method {
	for i := range methods {
		if methods[i].name == name {
			return &methods[i]
		}
	}
	return nil
}

// membersOf returns the methods to run, and the name of the choice made by "auto".
func membersOf(name string, y []float64) (members []member, auto string) {
	if m := findMethod(name); m != nil {
		return m.members, ""
	}
	if intermittent(y) {
		return onDemand, "intermittent"
	}
	if isConstant(y) {
		return []member{memberNaive}, ""
	}
	return combination, "combination"
}

// methodName says what was used in the end.
func methodName(asked, auto string, r *run) string {
	switch {
	case len(r.parts) == 1:
		return r.parts[0].name
	case auto != "":
		return auto
	}
	return asked
}
