package database

// Text_ is text, for the tests from outside.
var Text_ = text
