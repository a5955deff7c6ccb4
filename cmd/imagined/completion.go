package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help says how to use the script.
func (completionCmd) Help() string {
	return `Put one of these into the shell's own start file:

  bash   source <(imagined completion bash)
  zsh    source <(imagined completion zsh)   after compinit
  fish   imagined completion fish | source`
}

// Run prints the script that completes commands, flags and operation ids.
// Operation ids are asked of the program itself, so that they are those of
// the version that is installed.
func (c completionCmd) Run(ctx *kong.Context, p *program) error {
	commands := completions(ctx.Model.Node)
	switch c.Shell {
	case "zsh":
		return zshScript(p.out, commands)
	case "fish":
		return fishScript(p.out, commands)
	}
	return bashScript(p.out, commands)
}

// completion is what can follow one command.
type completion struct {
	command string
	help    string
	flags   []string // --name
	words   []string // of a first argument that takes only these
}

func completions(root *kong.Node) (out []completion) {
	for _, node := range root.Children {
		if node.Hidden {
			continue
		}
		c := completion{command: node.Name, help: node.Help, flags: []string{"--help"}}
		for _, flag := range node.Flags {
			if !flag.Hidden && flag.Name != "help" {
				c.flags = append(c.flags, "--"+flag.Name)
			}
		}
		if len(node.Positional) > 0 && node.Positional[0].Enum != "" {
			c.words = strings.Split(node.Positional[0].Enum, ",")
		}
		slices.Sort(c.flags)
		out = append(out, c)
	}
	return out
}

func names(commands []completion) string {
	list := make([]string, 0, len(commands))
	for _, c := range commands {
		list = append(list, c.command)
	}
	return strings.Join(list, " ")
}

// first is what can stand right after the command; ids is how the shell asks
// for the operations.
func (c completion) first(ids string) string {
	if c.command == "api" {
		return ids
	}
	return strings.Join(c.words, " ")
}

func bashScript(w io.Writer, commands []completion) error {
	_, _ = fmt.Fprintf(w, `# bash completion for imagined
_imagined() {
	local cur=${COMP_WORDS[COMP_CWORD]} flags= first=
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "%s --help" -- "$cur"))
		return
	fi
	case ${COMP_WORDS[1]} in
`, names(commands))
	for _, c := range commands {
		_, _ = fmt.Fprintf(w, "\t%s)\n\t\tflags=%q\n", c.command, strings.Join(c.flags, " "))
		if first := c.first(`$("${COMP_WORDS[0]}" api --ids 2>/dev/null)`); first != "" {
			_, _ = fmt.Fprintf(w, "\t\t[ \"$COMP_CWORD\" -ne 2 ] || first=\"%s\"\n", first)
		}
		_, _ = fmt.Fprintln(w, "\t\t;;")
	}
	_, err := io.WriteString(w, `	esac
	case $cur in
	-*) COMPREPLY=($(compgen -W "$flags" -- "$cur")) ;;
	*) [ -z "$first" ] || COMPREPLY=($(compgen -W "$first" -- "$cur")) ;;
	esac
}
complete -o default -F _imagined imagined
`)
	return err
}

func zshScript(w io.Writer, commands []completion) error {
	_, _ = fmt.Fprintf(w, `#compdef imagined
# zsh completion for imagined
_imagined() {
	local -a flags first
	if (( CURRENT == 2 )); then
		compadd -- %s --help
		return
	fi
	case ${words[2]} in
`, names(commands))
	for _, c := range commands {
		_, _ = fmt.Fprintf(w, "\t%s)\n\t\tflags=(%s)\n", c.command, strings.Join(c.flags, " "))
		if first := c.first(`$("${words[1]}" api --ids 2>/dev/null)`); first != "" {
			_, _ = fmt.Fprintf(w, "\t\t(( CURRENT != 3 )) || first=(%s)\n", first)
		}
		_, _ = fmt.Fprintln(w, "\t\t;;")
	}
	_, err := io.WriteString(w, `	esac
	if [[ ${words[CURRENT]} == -* ]]; then
		compadd -- $flags
	elif (( ${#first} )); then
		compadd -- $first
	else
		_files
	fi
}
compdef _imagined imagined
`)
	return err
}

func fishScript(w io.Writer, commands []completion) error {
	_, _ = fmt.Fprintln(w, "# fish completion for imagined")
	for _, c := range commands {
		_, _ = fmt.Fprintf(w, "complete -c imagined -f -n __fish_use_subcommand -a %s -d %s\n", c.command, fishQuote(c.help))
		within := "'__fish_seen_subcommand_from " + c.command + "'"
		for _, flag := range c.flags {
			_, _ = fmt.Fprintf(w, "complete -c imagined -n %s -l %s\n", within, strings.TrimPrefix(flag, "--"))
		}
		if first := c.first("(imagined api --ids)"); first != "" {
			_, _ = fmt.Fprintf(w, "complete -c imagined -f -n '__fish_seen_subcommand_from %s; and test (count (commandline -opc)) -eq 2' -a %s\n", c.command, fishQuote(first))
		}
	}
	_, err := fmt.Fprintln(w, "complete -c imagined -f -n __fish_use_subcommand -l help")
	return err
}

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
