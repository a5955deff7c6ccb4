package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"

	"imagined/jobs"
	"imagined/persona"
	"imagined/personas"
	"imagined/state"
)

type runCmd struct {
	dataFlag
	Files     []string      `arg:"" optional:"" name:"file" help:"Persona files, or folders of them."`
	Sandbox   bool          `help:"Live in an embedded platform: no account, no key; without a file the first example persona."`
	For       time.Duration `help:"Stop after this long, for example 30s; without it only when told to." placeholder:"TIME"`
	Once      bool          `help:"Work each job once, now, and stop."`
	Settle    time.Duration `help:"How long an unknown outcome waits before it is read back; a generation start waits six times as long." default:"60s"`
	Pause     time.Duration `help:"Between two actions of one run, on average." default:"3s" hidden:""`
	LogFormat string        `help:"text or json (default: text on a terminal and in the sandbox, else json)." enum:",text,json" default:""`
	Listen    string        `help:"Where /healthz and /readyz are served, or off (default: 127.0.0.1:8787; off in the sandbox)." placeholder:"ADDR"`
	Timestamp string        `help:"Header of an event of the platform that holds its time." default:"X-ImagineAnything-Timestamp" name:"webhook-timestamp" placeholder:"HEADER"`
	Signature string        `help:"Header that holds its signature." default:"X-ImagineAnything-Signature" name:"webhook-signature" placeholder:"HEADER"`
	Trust     bool          `help:"End the caution that a restored, replaced or new journal brings."`
	Snapshots int           `help:"How many snapshots of each journal are kept." default:"7"`
	Every     time.Duration `help:"Between two snapshots of a journal." default:"24h" name:"snapshot-every"`
	Verbose   bool          `help:"Log every request and every candidate." short:"v"`
}

// Run lives the personas until ctx is done.
func (c runCmd) Run(ctx context.Context, p *program) (err error) {
	if c.Settle <= 0 || c.For < 0 || c.Snapshots < 1 || c.Every < time.Minute {
		return usagef("--settle must be above 0, --for may not be below, --snapshots is 1 at least, and --snapshot-every a minute")
	}
	folk, files, err := c.personas()
	if err != nil {
		return err
	}
	data, err := c.folder(p)
	if err != nil {
		return err
	}
	if c.Sandbox && c.Data == "" {
		data = filepath.Join(data, "sandbox") // never beside a real life
	}
	if c.For > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithCancel(ctx) // not a deadline, past which calls would refuse to wait
		defer stop()
		defer time.AfterFunc(c.For, stop).Stop()
	}
	h := c.household(p, data)
	defer func() { err = errors.Join(unlessStopped(ctx, err), h.close()) }()
	asFiled := slices.Clone(folk)
	if c.Sandbox {
		if folk, err = h.enterSandbox(ctx, folk); err != nil {
			return err
		}
	}
	var failed []error
	for i, who := range folk {
		err := h.welcome(who, len(folk) == 1)
		if errors.Is(err, state.ErrDamaged) && len(folk) > 1 {
			h.without(who, err)
			failed = append(failed, fmt.Errorf("@%s: %w", who.Handle, err))
		} else if err != nil {
			return err
		}
		if i < len(files) {
			h.lives[i].file, h.lives[i].folder = persona.WatchFile(files[i], asFiled[i]), folderOf(files[i])
		}
	}
	frugal(p)
	if !c.Once {
		if err := h.watched(ctx, p); err != nil {
			return err
		}
	}
	failed = append(failed, h.live(ctx, c.Once))
	err = errors.Join(append(failed, h.reports(p.out))...)
	if h.sandboxed && err == nil {
		_, _ = fmt.Fprintf(p.out, "\nsee each decision: imagined log --data %s\nmake a persona of your own: copy personas/nova.yaml, then imagined check FILE\n", data)
	}
	return err
}

// frugal trades processor time, of which a persona needs next to none, for
// memory. GOGC in the environment goes before it.
func frugal(p *program) {
	if p.getenv("GOGC") == "" {
		debug.SetGCPercent(25)
	}
}

// personas loads the files, and all files of the folders, that were named.
func (c runCmd) personas() (folk []*persona.Persona, files []string, err error) {
	if len(c.Files) == 0 {
		if !c.Sandbox {
			return nil, nil, usagef("name a persona file or a folder of them; to try it without one: imagined run --sandbox")
		}
		text, err := fs.ReadFile(personas.Files, personas.First)
		if err != nil {
			return nil, nil, err
		}
		who, err := persona.Parse(personas.First, text)
		if err == nil {
			who.Avatar, who.Media = "", "" // the program brings the file along, not what lies beside it
		}
		return []*persona.Persona{who}, nil, err
	}
	if files, err = personaFiles(c.Files); err != nil {
		return nil, nil, err
	}
	folk, err = loadPersonas(files)
	return folk, files, err
}

// watched serves the console, feeds the service manager's watchdog, and keeps
// a service alive when the terminal that started it is closed.
func (h *household) watched(ctx context.Context, p *program) error {
	if f, ok := p.errs.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) { //nolint:gosec // a file descriptor
		signal.Ignore(syscall.SIGHUP)
	}
	if err := h.listen(ctx, h.address); err != nil {
		return err
	}
	go newNotifier(p.getenv).watch(ctx, h.ready, h.alive, sleep)
	return nil
}

// personaFiles replaces folders by the YAML files in them.
func personaFiles(paths []string) (files []string, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, &usageError{err}
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		inside, err := filepath.Glob(filepath.Join(path, "*.y*ml"))
		if err != nil {
			return nil, &usageError{err}
		}
		if len(inside) == 0 {
			return nil, usagef("folder %s holds no persona (*.yaml)", path)
		}
		files = append(files, inside...)
	}
	return files, nil
}

// folderOf is the folder of a persona file, wherever the program is started
// from next.
func folderOf(file string) string {
	dir := filepath.Dir(file)
	if whole, err := filepath.Abs(dir); err == nil {
		return whole
	}
	return dir
}

// loadPersonas reads every file. Beside an error, which names the faults of
// all, it returns the personas that are fine.
func loadPersonas(files []string) (folk []*persona.Persona, err error) {
	var faults []error
	owner := make(map[string]string)
	for _, file := range files {
		who, err := persona.Load(file)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if first, twice := owner[who.Handle]; twice {
			faults = append(faults, fmt.Errorf("%s: handle %s is already that of %s: one file a persona", file, who.Handle, first))
		}
		owner[who.Handle] = file
		folk = append(folk, who)
	}
	if len(faults) > 0 {
		return folk, &usageError{errors.Join(faults...)}
	}
	return folk, nil
}

func (c runCmd) household(p *program, data string) *household {
	level, format := slog.LevelInfo, c.LogFormat
	if c.Verbose {
		level = slog.LevelDebug
	}
	if c.Sandbox && format == "" {
		format = "text"
	}
	h := &household{
		program: p, data: data, settle: c.Settle, pause: c.Pause, sandboxed: c.Sandbox, baseURL: baseURL(p), secrets: &redactor{},
		address: c.Listen, headers: [2]string{c.Timestamp, c.Signature}, trust: c.Trust, upkeep: jobs.Upkeep{Every: c.Every, Folder: snapshotFolder(data), Keep: c.Snapshots},
	}
	if c.Sandbox && h.address == "" {
		h.address = "off"
	}
	h.log = newLogger(p.errs, format, level, h.secrets)
	h.transport = newTransport()
	return h
}

// live runs every life. One whose configuration is wrong ends alone; any other
// failure stops all, for the service manager to start again.
func (h *household) live(ctx context.Context, once bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for _, l := range h.lives {
		if l.ended.Load() != nil {
			continue
		}
		wg.Go(func() {
			if err := explained(l.store.Path(), l.persona.Handle, l.live(ctx, once)); err != nil {
				mu.Lock()
				errs = append(errs, fmt.Errorf("@%s: %w", l.persona.Handle, err))
				mu.Unlock()
				l.end(err)
				if usage := (*usageError)(nil); !errors.As(err, &usage) {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
