package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"imagined/persona"
)

type doctorCmd struct {
	dataFlag
	Files  []string      `arg:"" optional:"" name:"file" help:"Persona files, or folders of them. Without any: the personas of the data folder."`
	JSON   bool          `help:"Print one JSON object a line." name:"json"`
	Within time.Duration `help:"How long all questions to the network may take together." default:"4s" hidden:""`
}

// health is what a check came to.
type health string

const (
	healthy health = "ok"
	warning health = "warn" // it works, but not as well as it could
	broken  health = "fail"
)

// finding is one line of the report. Whatever is not healthy has its fix.
type finding struct {
	Check   string `json:"check"`
	Persona string `json:"persona,omitempty"`
	Status  health `json:"status"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}

func fine(check, format string, args ...any) finding {
	return finding{Check: check, Status: healthy, Message: fmt.Sprintf(format, args...)}
}

func poor(check, fix, format string, args ...any) finding {
	return finding{Check: check, Status: warning, Message: fmt.Sprintf(format, args...), Fix: fix}
}

func bad(check, fix, format string, args ...any) finding {
	return finding{Check: check, Status: broken, Message: fmt.Sprintf(format, args...), Fix: fix}
}

// checkup is what all checks share.
type checkup struct {
	program *program
	data    string
	secrets *redactor
	now     func() time.Time
}

// patient is one persona to look at. who is nil when only its handle is known,
// and the handle is empty when only its credentials are.
type patient struct {
	handle string
	who    *persona.Persona
	folder string // that its file is in
}

// Run looks at everything and writes nothing but probes that it removes. What
// is on this machine comes first, then, all at once, what is on the network.
func (c doctorCmd) Run(ctx context.Context, p *program) error {
	d := &checkup{program: p, secrets: &redactor{to: p.out}, now: time.Now}
	d.secrets.hide(p.getenv(envSecret), p.getenv(envModelKey))
	found, questions := c.here(d)
	questions = append(questions, d.checkPlatform)
	ctx, cancel := context.WithTimeout(ctx, c.Within)
	defer cancel()
	found = append(found, ask(ctx, questions)...)
	return report(d.secrets, found, c.JSON)
}

// here checks what is on this machine, and returns what to ask elsewhere.
func (c doctorCmd) here(d *checkup) (found []finding, questions []func(context.Context) []finding) {
	patients, found := c.patients()
	data, err := c.folder(d.program)
	if err != nil {
		return append(found, bad("data folder", "give --data DIR or set IMAGINED_DATA", "there is none")), nil
	}
	d.data = data
	found = append(found, checkFolder(data)...)
	if len(c.Files) == 0 {
		patients = residents(data)
	}
	if len(c.Files)+len(patients) == 0 {
		patients = []patient{{}}
	}
	for _, pt := range patients {
		local, remote := d.look(pt, len(patients) == 1)
		found = append(found, local...)
		questions = append(questions, remote...)
	}
	return found, questions
}

// ask puts all questions at once and returns the findings in their order.
func ask(ctx context.Context, questions []func(context.Context) []finding) (found []finding) {
	answers := make([][]finding, len(questions))
	var wg sync.WaitGroup
	for i, question := range questions {
		wg.Go(func() { answers[i] = question(ctx) })
	}
	wg.Wait()
	for _, a := range answers {
		found = append(found, a...)
	}
	return found
}

// report prints the findings. Something broken makes it an error.
func report(w io.Writer, found []finding, asJSON bool) error {
	broke := 0
	enc := json.NewEncoder(w)
	for _, f := range found {
		if f.Status == broken {
			broke++
		}
		if asJSON {
			if err := enc.Encode(f); err != nil {
				return err
			}
			continue
		}
		subject := f.Check
		if f.Persona != "" {
			subject += " @" + f.Persona
		}
		line := fmt.Sprintf("%-4s  %s: %s\n", f.Status, subject, f.Message)
		if f.Fix != "" {
			line += fmt.Sprintf("      %s\n", f.Fix)
		}
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	if broke > 0 {
		return fmt.Errorf("%d of %d checks failed", broke, len(found))
	}
	return nil
}

// patients loads the persona files; each fault is a finding.
func (c doctorCmd) patients() (patients []patient, found []finding) {
	files, err := personaFiles(c.Files)
	if err != nil {
		return nil, []finding{bad("persona file", "name a file that is there", "%v", err)}
	}
	folk, err := loadPersonas(files)
	for _, fault := range split(err) {
		found = append(found, bad("persona file", "imagined check FILE shows the place", "%v", fault))
	}
	folders := make(map[string]string)
	for _, file := range files {
		if who, err := persona.Load(file); err == nil {
			folders[who.Handle] = folderOf(file)
		}
	}
	for _, who := range folk {
		found = append(found, of(who.Handle, fine("persona file", "configuration %s", who.Hash()))...)
		patients = append(patients, patient{who.Handle, who, folders[who.Handle]})
	}
	return patients, found
}

// split takes joined errors apart.
func split(err error) []error {
	var many interface{ Unwrap() []error }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &many):
		return many.Unwrap()
	}
	return []error{err}
}

// of says whom findings are about.
func of(handle string, found ...finding) []finding {
	for i := range found {
		found[i].Persona = handle
	}
	return found
}

// look checks what is here of one persona, and returns what to ask elsewhere.
func (d *checkup) look(pt patient, only bool) (found []finding, questions []func(context.Context) []finding) {
	if pt.who != nil {
		found = append(found, checkBeside(pt.who, pt.folder)...)
	}
	if pt.handle != "" {
		found = append(found, d.checkJournal(pt.handle))
	}
	creds, err := findCredentials(d.program, d.data, pt.handle, only)
	if err != nil && pt.handle == "" {
		return []finding{poor("persona", "imagined doctor FILE looks at one", "none is named, and none has lived in this data folder")}, nil
	}
	d.secrets.hide(creds.Secret)
	if err != nil {
		found = append(found, bad("credentials", fmt.Sprintf("imagined register FILE makes them, or write %s", credentialsPath(d.data, pt.handle)), "%v", err))
	} else {
		found = append(found, fine("credentials", "client id %s, secret %s, from %s", plain(creds.ID), blank(creds.Secret), creds.from))
		questions = append(questions, func(ctx context.Context) []finding { return of(pt.handle, d.checkAccount(ctx, pt, creds)...) })
	}
	if pt.who != nil {
		questions = append(questions, func(ctx context.Context) []finding { return of(pt.handle, d.checkModel(ctx, pt.who)) })
	}
	return of(pt.handle, found...), questions
}
