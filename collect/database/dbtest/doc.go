// Package dbtest starts real database servers for tests: on loopback, in a
// folder of their own, as a user without rights, ended with the test. On Linux.
package dbtest
