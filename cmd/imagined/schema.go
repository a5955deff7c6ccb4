package main

import "imagined/persona"

type schemaCmd struct{}

// Run prints the JSON Schema.
func (schemaCmd) Run(p *program) error {
	_, err := p.out.Write(persona.Schema())
	return err
}
