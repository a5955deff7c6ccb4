package sandbox_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// command is one curl command line of the guide, as it is printed there.
type command struct {
	line int // where it begins
	text string
}

// commands finds every command line of the guide that begins with curl. One
// ends where the shell would take it to end.
func commands(t *testing.T, guide string) (found []command) {
	t.Helper()
	lines := strings.Split(guide, "\n")
	for i := 0; i < len(lines); i++ {
		if !strings.HasPrefix(lines[i], "curl ") {
			continue
		}
		c := command{line: i + 1, text: lines[i]}
		for _, err := shellWords(c.text, nil); err != nil; _, err = shellWords(c.text, nil) {
			if i++; i == len(lines) {
				t.Fatalf("line %d: a command without an end: %v", c.line, err)
			}
			c.text += "\n" + lines[i]
		}
		found = append(found, c)
	}
	return found
}

// shellWords cuts a command into its words, as far as the guide uses the
// shell: both kinds of quotes, escapes, variables. It fails when the command
// goes on in the next line.
func shellWords(text string, env map[string]string) (words []string, err error) {
	var word strings.Builder
	begun, quote := false, byte(0)
	for i := 0; i < len(text); i++ {
		ch := text[i]
		switch {
		case quote == 0 && strings.IndexByte(" \t\n", ch) >= 0:
			if begun {
				words, begun = append(words, word.String()), false
				word.Reset()
			}
			continue
		case quote == 0 && (ch == '\'' || ch == '"'):
			quote = ch
		case quote == ch:
			quote = 0
		case ch == '\\' && quote != '\'':
			if i++; i == len(text) {
				return nil, errors.New("a backslash at the end")
			}
			if text[i] == '\n' {
				continue
			}
			word.WriteByte(text[i])
		case ch == '$' && quote != '\'':
			name := text[i+1:]
			if end := strings.IndexFunc(name, func(r rune) bool { return r != '_' && (r < 'A' || r > 'Z') }); end >= 0 {
				name = name[:end]
			}
			word.WriteString(env[name])
			i += len(name)
		default:
			word.WriteByte(ch)
		}
		begun = true
	}
	if quote != 0 {
		return nil, errors.New("an open quote")
	}
	if begun {
		words = append(words, word.String())
	}
	return words, nil
}

// request is what curl would send for a command line.
func request(t *testing.T, text string, env map[string]string) *http.Request {
	t.Helper()
	words, err := shellWords(text, env)
	if err != nil || len(words) < 2 || words[0] != "curl" {
		t.Fatalf("%v in %q", err, text)
	}
	method, address, header, body := "", "", http.Header{}, &bytes.Buffer{}
	form := multipart.NewWriter(body)
	for i := 1; i < len(words); i++ {
		if !strings.HasPrefix(words[i], "-") {
			address = words[i]
			continue
		}
		if words[i] == "-s" {
			continue
		}
		if i+1 == len(words) {
			t.Fatalf("nothing after %s in %q", words[i], text)
		}
		option, value := words[i], words[i+1]
		i++
		switch option {
		case "-X":
			method = value
		case "-H":
			name, text, _ := strings.Cut(value, ":")
			header.Set(name, strings.TrimSpace(text))
		case "-d":
			body.WriteString(value)
		case "-F":
			header.Set("Content-Type", form.FormDataContentType())
			formPart(t, form, value)
		default:
			t.Fatalf("curl has the option %s in %q, which is not known here", option, text)
		}
	}
	if strings.HasPrefix(header.Get("Content-Type"), "multipart/") {
		_ = form.Close()
	}
	if method == "" {
		method = "GET"
	}
	req, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	return req
}

// formPart adds name=value, or name=@file.
func formPart(t *testing.T, form *multipart.Writer, text string) {
	t.Helper()
	name, value, _ := strings.Cut(text, "=")
	path, isFile := strings.CutPrefix(value, "@")
	if !isFile {
		_ = form.WriteField(name, value) // into memory
		return
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	part, err := form.CreateFormFile(name, filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(file)
}

// sender runs a command and returns what came back.
type sender func(t *testing.T, text string, env map[string]string) *http.Response

// inGo sends what the command says, without any other program.
func inGo(t *testing.T, text string, env map[string]string) *http.Response {
	t.Helper()
	res, err := http.DefaultClient.Do(request(t, text, env))
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// withCurl has the shell run the command as it stands, with one option more
// that shows the header.
func withCurl(t *testing.T, text string, env map[string]string) *http.Response {
	t.Helper()
	out := shell(t, text+" -i", env)
	res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(out)), nil)
	if err != nil {
		t.Fatalf("%v in the answer to %s: %q", err, text, out)
	}
	return res
}

// shell runs a script in an environment of its own: no proxy and no settings
// of whoever runs the test.
func shell(t *testing.T, script string, env map[string]string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "no_proxy=*"}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, &errs, script)
	}
	return string(out)
}

// needs skips the test on a machine without one of the programs.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("the program %s is not installed", name)
		}
	}
}

// whole reads an answer to its end.
func whole(t *testing.T, what string, res *http.Response) *reply {
	t.Helper()
	defer func() { _ = res.Body.Close() }()
	r := &reply{t: t, what: what, status: res.StatusCode, header: res.Header}
	r.body, r.err = io.ReadAll(res.Body)
	return r
}
