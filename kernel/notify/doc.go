// Package notify sends mail: what jobs and modules have to say to people outside
// the program. Nothing is sent until an administrator has named a mail server.
package notify
