// Package worktime answers questions about time people work: which days are
// working days in a country, when a promise of so many working hours falls due,
// how long something took, and by when a contract must be decided on.
//
// A Date is a day without a time zone. A Calendar knows the weekly hours, the
// holidays and the time zone of a place, and counts working time between
// moments across weekends, holidays and changes of the clock. A Policy turns
// that into a service-level clock with pauses, changes of priority and
// escalations. A ContractTerm yields a contract's end, notice and decision dates.
//
// Nothing here reads the clock or a file: the present moment is an argument.
package worktime
