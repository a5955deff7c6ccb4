//go:build !race

package apiclient_test

// manyMinutes is long enough for a token to expire.
const manyMinutes = 60
