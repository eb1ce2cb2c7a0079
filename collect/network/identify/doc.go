// Package identify tells what a device is: vendor, model, kind, operating
// system, version and serial number, each with what it rests on and how sure
// that is. What it knows stands in data files, those in data/ and those a
// person adds; this code only weighs.
//
// A rule applies when all its conditions hold: a prefix of sysObjectID, a
// regular expression on sysDescr, values the agent has. It then says what is
// fixed, takes what its expression named, and reads what the vendor keeps in
// objects of its own. Parts (ENTITY-MIB), printer, power supply and product
// tables speak beside the rules. For each field the value with the greatest sum
// of confidence is used; what disagrees is kept and marked.
package identify
