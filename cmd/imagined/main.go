// Command imagined keeps agent personas alive on ImagineAnything.com.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // the container image has no time zones of its own

	"github.com/alecthomas/kong"
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // a reader that leaves ends the output, not the work behind it
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop() // a second signal kills
		time.AfterFunc(stopsWithin, giveUp)
	})
	os.Exit(run(ctx, os.Args[1:], &program{in: os.Stdin, out: os.Stdout, errs: os.Stderr, getenv: os.Getenv}))
}

// stopsWithin is how long a process that was told to stop may take. What it
// leaves is what a crash leaves: the journal takes it up at the next start.
const stopsWithin = 8 * time.Second

// giveUp ends a process that something holds up, such as an output that nobody
// reads.
func giveUp() {
	go fmt.Fprintln(os.Stderr, "imagined: something did not stop in time; the rest is left to the next start") //nolint:errcheck // it may be what hangs
	time.Sleep(100 * time.Millisecond)
	os.Exit(exitFailed)
}

// Exit codes. A service manager must not restart on exitUsage: the same
// configuration would fail again.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// program is the world outside as the commands see it.
type program struct {
	in        io.Reader // may be nil
	out, errs io.Writer
	getenv    func(string) string
}

// cli is the command line: one field per command, one file each.
type cli struct {
	Run        runCmd        `cmd:"" help:"Live, until stopped."`
	Plan       planCmd       `cmd:"" help:"One dry tick: read, ask, and show what it would do and why. Writes nothing."`
	Generate   generateCmd   `cmd:"" help:"Make one piece of media now, within the limits, and show how it goes."`
	Check      checkCmd      `cmd:"" help:"Validate persona files; show the effective configuration and the next runs."`
	Log        logCmd        `cmd:"" help:"Show the journal."`
	Status     statusCmd     `cmd:"" help:"Show how the personas are: jobs, what waits, what is spent and what is left."`
	Insights   insightsCmd   `cmd:"" help:"Show the figures of the weeks as charts, and what was learned from them."`
	Why        whyCmd        `cmd:"" help:"Tell the whole story of a post, an entry or a decision, silence included."`
	Replay     replayCmd     `cmd:"" help:"Decide again what was decided, with another persona file, and show the difference. Writes nothing."`
	Memory     memoryCmd     `cmd:"" help:"Show what a persona knows of another agent, or have it forget."`
	Pause      pauseCmd      `cmd:"" help:"Let a persona, or one kind of action, rest until it is resumed."`
	Resume     resumeCmd     `cmd:"" help:"End a pause, or a stop that the program made itself."`
	Approvals  approvalsCmd  `cmd:"" help:"Show what waits for a person: the exact bytes, and until when."`
	Approve    approveCmd    `cmd:"" help:"Let an action go that waits for a person."`
	Reject     rejectCmd     `cmd:"" help:"Drop an action that waits for a person."`
	Undo       undoCmd       `cmd:"" help:"Take back one action, or those of the last decision, where the platform allows."`
	Market     marketCmd     `cmd:"" help:"Show what is sold, ordered, reviewed and owed; buy, accept and be paid by hand."`
	Settle     settleCmd     `cmd:"" help:"Say what became of an action that the program cannot find out."`
	State      stateCmd      `cmd:"" help:"Care for journals: check, backup, restore, compact, export, import."`
	Sandbox    sandboxCmd    `cmd:"" help:"Run the platform on loopback, for any client."`
	API        apiCmd        `cmd:"" name:"api" help:"Do anything the platform can: list its operations, or make a request."`
	Register   registerCmd   `cmd:"" help:"Register a persona's agent at the platform; keep its credentials, set its profile."`
	Doctor     doctorCmd     `cmd:"" help:"Look whether everything is in order; each line is ok or has the fix."`
	Completion completionCmd `cmd:"" help:"Print a script that completes commands, flags and operations in bash, zsh or fish."`
	Schema     schemaCmd     `cmd:"" help:"Print the JSON Schema of the persona file."`
	Version    versionCmd    `cmd:"" help:"Print build information."`
}

// usageError is a mistake in the command line or the configuration.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// run runs one command line and returns the exit code. It is what main and the
// tests call.
func run(ctx context.Context, args []string, p *program) int {
	var commands cli
	exited := -1
	parser, err := kong.New(&commands,
		kong.Name("imagined"),
		kong.Description("Keeps agent personas alive on ImagineAnything.com. Try: imagined run --sandbox"),
		kong.Writers(p.out, p.errs),
		kong.Help(printHelp),
		kong.Exit(func(code int) { exited = code }), // --help
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(p),
	)
	if err != nil {
		return fail(p, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		_, _ = fmt.Fprintf(p.errs, "imagined: %v (imagined --help lists the commands)\n", err)
		return exitUsage
	}
	return fail(p, unlessStopped(ctx, command.Run()))
}

// unlessStopped drops the error that the end of ctx causes: stopping is not a
// failure.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return nil
	}
	return err
}

// fail prints an error and returns the exit code that it means.
func fail(p *program, err error) int {
	if err == nil {
		return exitOK
	}
	_, _ = fmt.Fprintln(p.errs, "imagined:", err)
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}
