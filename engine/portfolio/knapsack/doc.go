// Package knapsack chooses among yes-or-no items: it maximises the sum of the
// values of the chosen ones under linear rows in whole numbers, and proves what
// it says. Without side rows this is the multi-dimensional 0-1 knapsack problem.
//
// # Method
//
// A linear relaxation is solved by a dual simplex method for bounded variables
// with bound flipping (Maros, Computational Techniques of the Simplex Method,
// 2003, chapter 10). The tree is split first by the number of items chosen, the
// hyperplanes of Vimont, Boussier and Vasquez (Reduced costs propagation in an
// efficient implicit enumeration for the 01 multidimensional knapsack problem,
// J. Comb. Optim. 15, 2008), then on single items; each node fixes items by
// reduced cost and by what is left of each row.
//
// # Proof
//
// Floating point only suggests. A node is discarded, and an item fixed, only on
// a Lagrangian bound computed in whole numbers: the row prices of the relaxation
// are rounded to multiples of a power of two, and any prices of the right sign
// give a valid bound (Geoffrion, Lagrangean relaxation for integer programming,
// 1974). A solution is accepted only after its rows were added up in whole
// numbers. A wrong pivot can cost time, never the proof.
//
// # Determinism
//
// The tree is searched in rounds. A round takes the most promising open nodes
// and searches below each for a fixed number of nodes, knowing only what was
// known when the round began; the findings are merged in order. How many
// processors took part, and how fast they were, changes nothing, unless the time
// ran out, which Result.Stopped says.
package knapsack
