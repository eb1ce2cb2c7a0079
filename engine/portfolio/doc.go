// Package portfolio chooses which proposals to fund: the set worth most that
// keeps every budget, capacity, dependency, alternative, share and start period,
// with proof that none is worth more, or with how far off it can be at most.
//
// Numbers are exact decimals from input to output; no comparison is made in
// floating point. The search is package knapsack's; what it finds is checked
// anew against the input by Check, which knows nothing of the search, before it
// is handed out.
package portfolio
