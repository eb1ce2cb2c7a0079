package portfolio

import "encoding/json"

// Input is what there is to choose from and what the choice must keep.
type Input struct {
	Periods    []string            `json:"periods,omitempty" doc:"names of the periods in order, such as years; only for budgets with a limit for each period and for items that may start in one of several"`
	Budgets    []Budget            `json:"budgets,omitempty" doc:"what is limited: money of a year, days of a role, capacity"`
	Items      []Item              `json:"items" doc:"the proposals"`
	Categories map[string]Category `json:"categories,omitempty" doc:"rules for the items of a category"`
	Groups     []Group             `json:"groups,omitempty" doc:"alternatives: of these items at least min and at most max"`
	TimeLimit  Number              `json:"time_limit_s,omitzero" doc:"seconds to search at most, 20 without it, 3600 at most"`
	NextBest   *int                `json:"next_best,omitempty" doc:"how many next-best sets to list, 3 without it, 20 at most"`
	Swing      Number              `json:"swing,omitzero" doc:"how far estimates may move for the stability of the choice, 0.2 (±20 %) without it, 0 for none"`
	Seed       uint64              `json:"seed,omitempty" doc:"seed of the scenarios in which estimates move, 1 without it"`
}

// Budget is one thing of which there is a limited amount.
type Budget struct {
	Name  string  `json:"name"`
	Limit Numbers `json:"limit" doc:"the most that may be used; a list gives one limit for each period"`
	Unit  string  `json:"unit,omitempty" doc:"such as EUR or days; only for the explanation"`
}

// Item is one proposal.
type Item struct {
	ID        string             `json:"id"`
	Value     Number             `json:"value" doc:"what it is worth, 0 or more"`
	Uses      map[string]Numbers `json:"uses,omitempty" doc:"what it takes of each budget; for a budget with periods a list: the first number is used in the period the item starts, the second in the next"`
	Requires  []string           `json:"requires,omitempty" doc:"items that must be selected with it; where both may choose their start, no later than it"`
	Excludes  []string           `json:"excludes,omitempty" doc:"items that cannot be selected with it"`
	Mandatory bool               `json:"mandatory,omitempty" doc:"must be selected"`
	Category  string             `json:"category,omitempty"`
	Starts    []Start            `json:"starts,omitempty" doc:"the periods it may start in; the first period without it"`
}

// Start is one period in which an item may begin.
type Start struct {
	Period string `json:"period"`
	Value  Number `json:"value,omitzero" doc:"what the item is worth when it starts then; the item's value without it"`
}

// Category is a rule for all items that name it.
type Category struct {
	MinValue   Number            `json:"min_value,omitzero" doc:"the selected items of the category must be worth at least this together"`
	MaxShare   Number            `json:"max_share,omitzero" doc:"the most of the selected value that may come from the category, from 0 to 1"`
	MaxShareOf map[string]Number `json:"max_share_of,omitempty" doc:"the most of a budget's limit that the category may use, from 0 to 1"`
	MinItems   *int              `json:"min_items,omitempty" doc:"at least so many selected"`
	MaxItems   *int              `json:"max_items,omitempty" doc:"at most so many selected"`
}

// Group is a set of alternatives.
type Group struct {
	Name  string   `json:"name"`
	Items []string `json:"items"`
	Min   int      `json:"min,omitempty" doc:"at least so many selected"`
	Max   *int     `json:"max,omitempty" doc:"at most so many selected, 1 without it"`
}

func unmarshalList(b []byte, to *[]Number) error { return json.Unmarshal(b, to) }
