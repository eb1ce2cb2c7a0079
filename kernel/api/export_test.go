package api

// Object is the reader of bodies, for the fuzz test.
var Object = object
