// Package network finds out what is on a network: which addresses answer
// (sweep), what the devices there tell about themselves by SNMP (device) and
// what they are (identify). It only reads, keeps to the ranges and rates it is
// given, and says for each target what it could not see and which right would
// show it. A recorded walk is read as if it were the device.
package network
