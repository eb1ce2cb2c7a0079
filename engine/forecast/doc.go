// Package forecast foretells business series: budgets, tickets, licences, disk
// space. It cleans a series, fits a family of well-tried methods, combines
// them, says how far the truth may lie from the forecast, and how the same
// method would have done on the series' own past.
package forecast
