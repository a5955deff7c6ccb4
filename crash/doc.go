// Package crash kills processes that perform every kind of action, at random
// moments and at each step, and holds what the platform did against what the
// journal says. It is a test; cmd/imagined has the same for the whole program.
package crash
