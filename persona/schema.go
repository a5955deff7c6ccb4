package persona

import (
	_ "embed"
	"slices"
)

//go:embed persona.schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of the persona file, for
// editors. What it cannot express (time zones, dates that never come, secrets)
// Parse still refuses.
func Schema() []byte {
	return slices.Clone(schema)
}
