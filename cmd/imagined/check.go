package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"imagined/jobs"
	"imagined/persona"
)

type checkCmd struct {
	dataFlag
	Files []string `arg:"" name:"file" help:"Persona files, or folders of them."`
	JSON  bool     `help:"Print one JSON object a persona." name:"json"`
}

// Run validates the files and prints what they come to. Faults are printed
// with the lines they stand in.
func (c checkCmd) Run(p *program) error {
	files, err := personaFiles(c.Files)
	if err != nil {
		return err
	}
	folk, err := loadPersonas(files)
	if err != nil {
		excerpts(p.errs, err)
		return usagef("%d of %d persona files cannot be used", len(files)-len(folk), len(files))
	}
	data, err := c.folder(p)
	if err != nil {
		return err
	}
	for _, who := range folk {
		show := c.show
		if c.JSON {
			show = c.showJSON
		}
		if err := show(p, data, who, len(folk) == 1); err != nil {
			return err
		}
	}
	return nil
}

// excerpts prints every fault once, with its line and a caret.
func excerpts(w io.Writer, err error) {
	var fault *persona.Error
	var many interface{ Unwrap() []error }
	switch {
	case errors.As(err, &many):
		for _, e := range many.Unwrap() {
			excerpts(w, e)
		}
	case errors.As(err, &fault):
		_, _ = fmt.Fprintf(w, "%v\n%s\n", fault, fault.Excerpt())
	default:
		_, _ = fmt.Fprintln(w, err)
	}
}

// show prints the effective configuration, the next runs and where the secrets
// would come from.
func (c checkCmd) show(p *program, data string, who *persona.Persona, only bool) error {
	text, err := who.YAML()
	if err != nil {
		return err
	}
	lived, learned, err := learnedIn(data, who)
	if err != nil {
		return err
	}
	runs, err := jobs.Next(lived, time.Now(), 3)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.out, "# @%s is fine; configuration %s with its defaults:\n\n%s\n# next runs, local and UTC:\n", who.Handle, who.Hash(), text)
	for _, name := range jobs.Names() {
		times := make([]string, 0, len(runs[name]))
		for _, at := range runs[name] {
			times = append(times, at.In(who.Location()).Format("Mon 15:04:05")+at.UTC().Format(" (15:04:05Z)"))
		}
		if len(times) == 0 {
			times = []string{"off"}
		}
		_, _ = fmt.Fprintf(p.out, "#   %-9s %s\n", name, strings.Join(times, ", "))
	}
	for _, c := range learned {
		_, _ = fmt.Fprintf(p.out, "# learned: %s\n", c)
	}
	_, err = fmt.Fprintf(p.out, "# account: %s\n# model:   %s\n\n", c.account(p, data, who, only), modelSource(p, who))
	return err
}

func (c checkCmd) showJSON(p *program, data string, who *persona.Persona, only bool) error {
	lived, learned, err := learnedIn(data, who)
	if err != nil {
		return err
	}
	runs, err := jobs.Next(lived, time.Now(), 3)
	if err != nil {
		return err
	}
	return json.NewEncoder(p.out).Encode(map[string]any{
		"persona": who.Handle, "hash": who.Hash(), "next": runs, "learned": learned,
		"account": c.account(p, data, who, only), "model": modelSource(p, who),
	})
}

// account says where the credentials are, with the secret blanked.
func (c checkCmd) account(p *program, data string, who *persona.Persona, only bool) string {
	creds, err := findCredentials(p, data, who.Handle, only)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("client id %s, secret %s, from %s", creds.ID, blank(creds.Secret), creds.from)
}

func modelSource(p *program, who *persona.Persona) string {
	base, why := modelFor(p, who, false)
	if base == "" {
		return "none, the offline brain: " + why
	}
	key := "without a key"
	if k := p.getenv(envModelKey); k != "" {
		key = "key " + blank(k)
	}
	return fmt.Sprintf("%s at %s, %s", who.LLM.Model, base, key)
}

// blank says that a secret is there and how long it is, never what.
func blank(secret string) string { return fmt.Sprintf("**** (%d characters)", len(secret)) }
