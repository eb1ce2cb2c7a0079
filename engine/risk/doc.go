// Package risk says what a set of risks may cost in a year: expected loss, the loss
// that is exceeded only so often (value at risk), how bad it is beyond that
// (expected shortfall), the loss exceedance curve, what each control is worth, and
// beside it the 5×5 matrix that people know.
//
// # Model
//
// An event happens in a year as often as a Poisson variable of its yearly frequency,
// or at most once with its yearly probability. Each occurrence costs a loss of its
// own, drawn from a fixed, triangular, PERT (Malcolm et al. 1959) or lognormal
// distribution, the last given by its 5 % and 95 % quantiles (Hubbard and Seiersen,
// How to Measure Anything in Cybersecurity Risk, 2016, chapter 3). Events and
// occurrences are independent. A control multiplies the frequency or the loss of
// events, or caps the loss of an occurrence.
//
// # Method
//
// Years are drawn by a counter-seeded xoshiro256++ generator (Blackman and Vigna,
// Scrambled linear pseudorandom number generators, ACM TOMS 47, 2021), one stream
// for each event and block of years, so that the result depends on the seed alone
// and not on how many processors drew it. All states of the controls are computed
// from the same drawn occurrences, thinned by mark (Lewis and Shedler 1979): the worth
// of a control is a difference within the same years, free of the noise between runs.
// Expected losses are exact, by formula; the simulation gives the tails.
package risk
