package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCmd struct {
	JSON bool `help:"Print one JSON object." name:"json"`
}

// build is what is known about this binary.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Run prints the build information.
func (c versionCmd) Run(p *program) error {
	b := buildInfo()
	if c.JSON {
		return json.NewEncoder(p.out).Encode(b)
	}
	revision := ""
	if b.Revision != "" {
		revision = fmt.Sprintf(" (%.12s, %s)", b.Revision, b.Time)
	}
	_, err := fmt.Fprintf(p.out, "imagined %s%s, %s, %s\n", b.Version, revision, b.Go, b.Platform)
	return err
}

func buildInfo() build {
	b := build{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		}
	}
	return b
}
