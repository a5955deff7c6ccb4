package persona

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"go.yaml.in/yaml/v4"
)

// YAML returns the effective configuration, defaults included, as a persona
// file that Parse reads back to an equal Persona.
func (p *Persona) YAML() ([]byte, error) {
	data, err := yaml.Dump(p, yaml.WithLineWidth(-1), yaml.WithCompactSeqIndent(false))
	if err != nil {
		return nil, fmt.Errorf("write persona %s: %w", p.Handle, err)
	}
	return data, nil
}

// Hash returns twelve hexadecimal digits that stand for the effective
// configuration: comments, order and spelled-out defaults do not change them.
func (p *Persona) Hash() string {
	data, err := p.YAML()
	if err != nil {
		data = []byte(err.Error())
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}

// MarshalYAML writes every part of a job, so that "no jitter" is not read back
// as the default one.
func (j Job) MarshalYAML() (any, error) {
	return struct {
		Cron    string `yaml:"cron"`
		Jitter  string `yaml:"jitter"`
		Missed  string `yaml:"missed"`
		MaxLate string `yaml:"max_late"`
	}{j.Cron, j.Jitter.String(), j.Missed, j.MaxLate.String()}, nil
}
