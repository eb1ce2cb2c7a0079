// Package snmp reads from SNMP agents, versions 1, 2c and 3, and from recorded
// walks as if they were agents. It never writes: there is no SET in it.
//
// A Client asks one agent: it waits as long as that agent has been seen to
// take, asks for fewer rows when an agent cannot send many, does without
// GETBULK where it must, and stops where an agent goes in circles. Recording
// answers the same questions from a file.
//
// Messages are those of RFC 1157, RFC 3416 and RFC 3412; the security of
// version 3 is RFC 3414 with RFC 3826 (AES-128), RFC 7860 (SHA-2) and the two
// ways in use of making longer AES keys.
package snmp
