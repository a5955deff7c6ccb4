// Package personas holds the example persona files.
package personas

import "embed"

// Files holds the examples, each a complete persona file.
//
//go:embed *.yaml
var Files embed.FS

// First is the example to start with: it has every key of the format, with a
// comment, and is the manual of the persona file.
const First = "nova.yaml"
