package portfolio

// Output is the choice and everything that was proven about it.
type Output struct {
	Status   string            `json:"status" doc:"optimal: proven best; feasible: the best found, see gap; infeasible: nothing keeps all rules, see conflict; unknown: the time ran out before anything was found"`
	Selected []string          `json:"selected" doc:"ids in the order of the input"`
	Starts   map[string]string `json:"starts,omitempty" doc:"the period in which each selected item with a choice starts"`
	Value    Number            `json:"value" doc:"what the selected items are worth together; null when there are none to be had"`
	Bound    Number            `json:"bound" doc:"no set that keeps the rules is worth more; null when none keeps them"`
	Gap      *float64          `json:"gap" doc:"(bound - value) / bound: how far from the best the choice can be at most; 0 when proven"`
	Proven   bool              `json:"proven" doc:"the choice is proven best, or it is proven that none exists"`
	Timeout  bool              `json:"time_limit_reached" doc:"the time ran out: another run, or another machine, may get further or less far"`
	Nodes    int               `json:"nodes" doc:"nodes of the search tree: the size of the proof"`

	Budgets    []BudgetUse           `json:"budgets,omitempty"`
	Prices     map[string]float64    `json:"prices,omitempty" doc:"for each budget what one more unit of it would add at the margin: the dual price of the relaxation in which items may be funded in part"`
	OneMore    map[string]Range      `json:"one_more,omitempty" doc:"for each budget what exactly one more unit of it would add to the best set"`
	Rejected   []Rejection           `json:"rejected"`
	NextBest   []Alternative         `json:"next_best,omitempty" doc:"the sets that come next in value, best first"`
	Stability  *Stability            `json:"stability,omitempty"`
	Categories map[string]Membership `json:"categories,omitempty"`
	Conflict   []string              `json:"conflict,omitempty" doc:"when nothing keeps all rules: rules that cannot be kept together"`
	Minimal    *bool                 `json:"conflict_minimal,omitempty" doc:"leaving out any one of the conflict's rules would resolve it"`
}

// BudgetUse is what the choice uses of a budget.
type BudgetUse struct {
	Name  string `json:"name"`
	Limit Number `json:"limit"`
	Used  Number `json:"used"`
	Left  Number `json:"left"`
}

// Range is a value known to lie between two; proven when they are equal.
type Range struct {
	AtLeast Number `json:"at_least"`
	AtMost  Number `json:"at_most"`
}

// Rejection says why an item is not in the choice.
type Rejection struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
	// Forced is what the choice would lose if the item had to be in it.
	Forced *Range `json:"forced_in_costs,omitempty" doc:"what the choice would lose if the item had to be in it; absent when that is impossible or was not computed"`
}

// Alternative is another set.
type Alternative struct {
	Selected []string          `json:"selected"`
	Starts   map[string]string `json:"starts,omitempty"`
	Value    Number            `json:"value"`
	Behind   Number            `json:"behind" doc:"how much less it is worth than the choice"`
	Adds     []string          `json:"adds" doc:"items it has and the choice has not, or that start at another time"`
	Drops    []string          `json:"drops" doc:"items the choice has and it has not"`
	Proven   bool              `json:"proven" doc:"no set between this and the ones before it exists"`
}

// Stability says how the choice fares when estimates move.
type Stability struct {
	Swing     Number       `json:"swing" doc:"each estimate of value and each of use moves by at most this share, up or down, by chance and on its own"`
	Scenarios int          `json:"scenarios" doc:"how many such futures were drawn and solved"`
	Proven    int          `json:"proven" doc:"in how many of them the best set was proven; in the others it is the best found"`
	SetKept   float64      `json:"set_kept" doc:"share of the scenarios in which the same set is best"`
	Fits      float64      `json:"fits" doc:"share of the scenarios in which the choice still keeps every rule"`
	Items     []ItemStable `json:"items,omitempty"`
}

// ItemStable says how firmly an item is in or out of the choice.
type ItemStable struct {
	ID       string   `json:"id"`
	Selected bool     `json:"selected"`
	Kept     *float64 `json:"kept,omitempty" doc:"share of the scenarios in which it is in, or out, as it is in the choice"`
	// Turns is where the item's own value would turn it.
	Turns   *Range `json:"turns_at,omitempty" doc:"the value of the item itself at which it would leave the choice, or enter it, all else unchanged; it stays as it is up to the nearer end"`
	Verdict string `json:"verdict" doc:"firm: its own estimate cannot turn it within the swing, and it is kept in 95 % of the scenarios; loose: kept in less than 70 %; fair: between"`
}

// Membership is what a category has in the choice.
type Membership struct {
	Items int    `json:"items"`
	Value Number `json:"value"`
}
