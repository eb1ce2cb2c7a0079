package main

// The time zones travel with the program, because not every machine has them.
import _ "time/tzdata"
