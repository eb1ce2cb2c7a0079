// Package cashflow values money over time for those who decide on investments,
// contracts and assets: present value and rates of return with every root,
// payback, total cost of ownership, depreciation, loans, leases, and prices
// that rise by steps or with an index.
//
// Amounts are decimals and are never held in binary floating point. What must
// be divided or raised to a power is carried with 256 bits (77 digits) in
// between, and rounded to cents only where accounting rounds: in schedules,
// whose last line takes what rounding left.
package cashflow
