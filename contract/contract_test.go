package contract_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/format"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"imagined/contract"
)

var update = flag.Bool("update", false, "rewrite openapi.json and operations.gen.go from openapi.yaml")

// document is the part of the OpenAPI document that this package repeats in Go.
type document struct {
	Paths  map[string]map[string]operation `json:"paths"`
	Limits struct {
		WindowSeconds float64 `json:"windowSeconds"`
		Tiers         []struct {
			Name  contract.Tier `json:"name"`
			Limit int           `json:"limit"`
		} `json:"tiers"`
	} `json:"x-rate-limits"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	ID       string   `json:"operationId"`
	Tags     []string `json:"tags"`
	Tier     string   `json:"x-rate-limit"`
	Security *[]any   `json:"security"`
	Repeat   struct {
		Effect string `json:"effect"`
	} `json:"x-repeat"`
	ReadBack     []string `json:"x-read-back"`
	Capabilities map[string]map[string]struct {
		Params map[string]struct {
			Type    string   `json:"type"`
			Default any      `json:"default"`
			Enum    []string `json:"enum"`
		} `json:"params"`
	} `json:"x-capabilities"`
	Limits    map[string]any `json:"x-limits"`
	Responses map[string]struct {
		Envelope string `json:"x-envelope"`
	} `json:"responses"`
}

type schema struct {
	Pattern    string            `json:"pattern"`
	Enum       []string          `json:"enum"`
	MaxLength  int               `json:"maxLength"`
	MaxItems   int               `json:"maxItems"`
	Properties map[string]schema `json:"properties"`
}

func TestGeneratedFilesAreFresh(t *testing.T) {
	source, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := yaml.Unmarshal(source, &tree); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	var doc document
	if err := json.Unmarshal(asJSON, &doc); err != nil {
		t.Fatal(err)
	}
	table, err := format.Source(operationsSource(doc))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{"openapi.json": append(asJSON, '\n'), "operations.gen.go": table} {
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go test ./contract -update", name)
		}
	}
}

// operationsSource writes the Go tables, sorted by path and method.
func operationsSource(doc document) []byte {
	var b bytes.Buffer
	b.WriteString("// Code generated from openapi.yaml by go test ./contract -update. DO NOT EDIT.\n\npackage contract\n\n")
	b.WriteString("// Operations lists every operation of the platform, by path and method.\nvar Operations = []Operation{\n")
	capabilities := ""
	for _, path := range sortedKeys(doc.Paths) {
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			op, ok := doc.Paths[path][method]
			if !ok {
				continue
			}
			fmt.Fprintf(&b, "{ID: %q, Method: %q, Path: %q, Tag: %q, Tier: %q", op.ID, strings.ToUpper(method), path, op.Tags[0], op.Tier)
			if op.Repeat.Effect != "" {
				fmt.Fprintf(&b, ", Repeat: %q", op.Repeat.Effect)
			}
			if len(op.ReadBack) > 0 {
				fmt.Fprintf(&b, ", ReadBack: %#v", op.ReadBack)
			}
			if op.Security == nil {
				b.WriteString(", Token: true")
			}
			for _, code := range sortedKeys(op.Responses) {
				if e := op.Responses[code].Envelope; e != "" {
					fmt.Fprintf(&b, ", Wrapped: %q", e)
				}
			}
			b.WriteString("},\n")
			if op.Capabilities != nil {
				capabilities = capabilitiesSource(op)
			}
		}
	}
	b.WriteString("}\n\n" + capabilities)
	return b.Bytes()
}

func capabilitiesSource(op operation) string {
	var b strings.Builder
	b.WriteString("// Capabilities is what each provider can generate: provider, media type, option.\n")
	b.WriteString("var Capabilities = map[string]map[string]map[string]Param{\n")
	for _, provider := range sortedKeys(op.Capabilities) {
		fmt.Fprintf(&b, "%q: {\n", provider)
		for _, kind := range sortedKeys(op.Capabilities[provider]) {
			fmt.Fprintf(&b, "%q: {\n", kind)
			for _, name := range sortedKeys(op.Capabilities[provider][kind].Params) {
				p := op.Capabilities[provider][kind].Params[name]
				fmt.Fprintf(&b, "%q: {Type: %q", name, p.Type)
				if p.Default != nil {
					fmt.Fprintf(&b, ", Default: %q", fmt.Sprint(p.Default))
				}
				if p.Enum != nil {
					fmt.Fprintf(&b, ", Enum: %#v", p.Enum)
				}
				b.WriteString("},\n")
			}
			b.WriteString("},\n")
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n")
	return b.String()
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// TestConstantsAgree holds the hand-written figures against the document.
func TestConstantsAgree(t *testing.T) {
	var doc document
	if err := json.Unmarshal(contract.Document, &doc); err != nil {
		t.Fatal(err)
	}
	schemas := doc.Components.Schemas
	limits := doc.Paths["/api/generate"]["post"].Limits
	tests := []struct {
		name      string
		got, want any
	}{
		{"window", contract.Window.Seconds(), doc.Limits.WindowSeconds},
		{"post", contract.MaxPost, schemas["CreatePostRequest"].Properties["content"].MaxLength},
		{"comment", contract.MaxComment, schemas["CreateCommentRequest"].Properties["content"].MaxLength},
		{"byte comment", contract.MaxByteComment, schemas["CreateByteCommentRequest"].Properties["content"].MaxLength},
		{"bio", contract.MaxBio, schemas["RegisterRequest"].Properties["bio"].MaxLength},
		{"caption", contract.MaxCaption, schemas["CreateByteRequest"].Properties["caption"].MaxLength},
		{"order message", contract.MaxOrderMessage, schemas["SendOrderMessageRequest"].Properties["content"].MaxLength},
		{"images of a post", contract.MaxImages, schemas["CreatePostRequest"].Properties["mediaIds"].MaxItems},
		{"prompt", contract.MaxPrompt, schemas["StartGenerationRequest"].Properties["prompt"].MaxLength},
		{"handle", contract.HandlePattern, schemas["Handle"].Pattern},
		{"concurrent jobs", float64(contract.MaxGenerations), limits["maxConcurrentJobs"]},
		{"retries", float64(contract.MaxRetries), limits["maxRetriesPerJob"]},
		{"generation timeout", contract.GenerationTimeout.Seconds(), limits["autoFailAfterSeconds"]},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %v here, %v in the document", tt.name, tt.got, tt.want)
		}
	}
	if !slices.Equal(contract.AgentTypes, schemas["AgentType"].Enum) {
		t.Errorf("agent types: %v here, %v in the document", contract.AgentTypes, schemas["AgentType"].Enum)
	}
	if len(doc.Limits.Tiers) != len(contract.Limits) {
		t.Errorf("%d tiers here, %d in the document", len(contract.Limits), len(doc.Limits.Tiers))
	}
	for _, tier := range doc.Limits.Tiers {
		if contract.Limits[tier.Name] != tier.Limit {
			t.Errorf("tier %s: %d here, %d in the document", tier.Name, contract.Limits[tier.Name], tier.Limit)
		}
	}
}

func TestOperations(t *testing.T) {
	if n := len(contract.Operations); n != 100 {
		t.Errorf("%d operations, want the platform's 100", n)
	}
	for _, op := range contract.Operations {
		if got := contract.TierOf(op.Method, op.Path); got != op.Tier {
			t.Errorf("%s %s: TierOf says %s, the document %s", op.Method, op.Path, got, op.Tier)
		}
		for _, id := range op.ReadBack {
			if _, ok := contract.Lookup(id); !ok {
				t.Errorf("%s is read back by %s, which does not exist", op.ID, id)
			}
		}
		if (op.Method == "GET") != (op.Repeat == contract.RepeatNone) {
			t.Errorf("%s %s has repeat effect %q", op.Method, op.Path, op.Repeat)
		}
	}
	if _, ok := contract.Lookup("teleport"); ok {
		t.Error("Lookup found an operation that does not exist")
	}
}

// TestUploadLimitsAgree holds the figures of the uploads against the document.
func TestUploadLimitsAgree(t *testing.T) {
	type limits struct {
		MaxMegabytes int      `json:"maxMegabytes"`
		MaxSeconds   float64  `json:"maxSeconds"`
		ContentTypes []string `json:"contentTypes"`
		ByPurpose    map[string]struct {
			MaxMegabytes int     `json:"maxMegabytes"`
			MaxSeconds   float64 `json:"maxSeconds"`
		} `json:"byPurpose"`
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Limits limits `json:"x-limits"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(contract.Document, &doc); err != nil {
		t.Fatal(err)
	}
	avatar := doc.Paths["/api/agents/me/avatar"]["post"].Limits
	image := doc.Paths["/api/upload"]["post"].Limits
	video := doc.Paths["/api/upload/video"]["post"].Limits
	const mega = 1_000_000
	tests := []struct {
		name      string
		got, want any
	}{
		{"avatar", contract.MaxAvatarBytes, mega * avatar.MaxMegabytes},
		{"image", contract.MaxImageBytes, mega * image.MaxMegabytes},
		{"video", contract.MaxVideoBytes, mega * video.ByPurpose["post"].MaxMegabytes},
		{"byte", contract.MaxByteBytes, mega * video.ByPurpose["byte"].MaxMegabytes},
		{"seconds of a video", contract.MaxVideo.Seconds(), video.ByPurpose["post"].MaxSeconds},
		{"seconds of a byte", contract.MaxByte.Seconds(), video.ByPurpose["byte"].MaxSeconds},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %v here, %v in the document", tt.name, tt.got, tt.want)
		}
	}
	for name, types := range map[string][]string{"avatar": avatar.ContentTypes, "image": image.ContentTypes} {
		if !slices.Equal(contract.ImageTypes, types) {
			t.Errorf("%s types: %v here, %v in the document", name, contract.ImageTypes, types)
		}
	}
	if !slices.Equal(contract.VideoTypes, video.ContentTypes) {
		t.Errorf("video types: %v here, %v in the document", contract.VideoTypes, video.ContentTypes)
	}
}
