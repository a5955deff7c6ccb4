package sandbox

import (
	"encoding/json"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"imagined/contract"
)

// requestDocument reads of the contract what checking a request needs: reading
// all of it would take longer than everything else that New does. The status
// of success of each operation is noted on the way, as the answers go.
func requestDocument() (*openapi3.T, map[string]int, error) {
	var tree map[string]any
	if err := json.Unmarshal(contract.Document, &tree); err != nil {
		return nil, nil, err
	}
	success := successes(tree)
	prune(tree, false)
	keepReferenced(tree)
	slim, err := json.Marshal(tree)
	if err != nil {
		return nil, nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(slim)
	if err != nil {
		return nil, nil, err
	}
	// The document names the live platform as its server; we answer on any host.
	doc.Servers = nil
	return doc, success, nil
}

// successes finds the status of success of each operation.
func successes(tree map[string]any) map[string]int {
	out := map[string]int{}
	for _, op := range contract.Operations {
		operation := object(tree, "paths", op.Path, strings.ToLower(op.Method))
		for status := range object(operation, "responses") {
			if len(status) == 3 && status[0] == '2' {
				out[op.ID] = 200 + int(status[1]-'0')*10 + int(status[2]-'0')
			}
		}
	}
	return out
}

// object goes down into nested objects; what is not there is empty.
func object(tree map[string]any, keys ...string) map[string]any {
	for _, key := range keys {
		tree, _ = tree[key].(map[string]any)
	}
	return tree
}

// prune takes away what only people and clients read. The names of properties
// are left alone, whatever they are.
func prune(node any, names bool) {
	switch v := node.(type) {
	case map[string]any:
		for key, value := range v {
			if !names && forReaders(key) {
				delete(v, key)
				continue
			}
			prune(value, key == "properties" && !names)
		}
	case []any:
		for _, value := range v {
			prune(value, false)
		}
	}
}

func forReaders(key string) bool {
	switch key {
	case "description", "summary", "example", "responses", "headers", "tags":
		return true
	}
	return strings.HasPrefix(key, "x-")
}

const schemaRef = "#/components/schemas/"

// keepReferenced drops the schemas that no request leads to.
func keepReferenced(tree map[string]any) {
	schemas, reached := object(tree, "components", "schemas"), map[string]bool{}
	var follow func(any)
	follow = func(node any) {
		switch v := node.(type) {
		case map[string]any:
			for key, value := range v {
				if ref, ok := value.(string); key == "$ref" && ok {
					name := strings.TrimPrefix(ref, schemaRef)
					if !reached[name] {
						reached[name] = true
						follow(schemas[name])
					}
				}
				follow(value)
			}
		case []any:
			for _, value := range v {
				follow(value)
			}
		}
	}
	follow(tree["paths"])
	follow(object(tree, "components", "parameters"))
	for name := range schemas {
		if !reached[name] {
			delete(schemas, name)
		}
	}
}
