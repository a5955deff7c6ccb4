//go:build race

package apiclient_test

// manyMinutes is less than without the race detector, which makes everything
// ten times slower.
const manyMinutes = 3
