package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"imagined/apiclient"
)

const plantedKey = "planted-model-key-77xQ2z9wL"

// spellings are a secret in six encodings.
func spellings(secret string) map[string]string {
	back := []byte(secret)
	slices.Reverse(back)
	return map[string]string{
		"as it is": secret, "base64": base64.StdEncoding.EncodeToString([]byte(secret)), "hex": hex.EncodeToString([]byte(secret)),
		"reversed": string(back), "rot13": rot13(secret), "spaced": strings.Join(strings.Split(secret, ""), " "),
	}
}

// eavesdropper stands between the program and both of its servers. It keeps
// what the model is sent, and learns the secrets that are made on the way.
type eavesdropper struct {
	mu      sync.Mutex
	secrets map[string]string // by what they are
	live    []string          // those of this run: a process does not know the tokens of another
	marks   map[string]bool   // of prompts
	sent    []string          // to the model: bodies, addresses, headers but the one for the key
	turn    int
	house   *house
}

var (
	tokenIn = regexp.MustCompile(`"(access_token|refresh_token)":"([^"]+)"`)
	markIn  = regexp.MustCompile(`how you work\. (\w+) marks`)
)

// platform is the sandbox; its tokens are secrets from then on.
func (e *eavesdropper) platform(w http.ResponseWriter, r *http.Request) {
	rec := httptest.NewRecorder()
	e.house.sandbox.ServeHTTP(rec, r)
	e.mu.Lock()
	for i, found := range tokenIn.FindAllStringSubmatch(rec.Body.String(), -1) {
		e.secrets[fmt.Sprintf("%s %d/%d", found[1], len(e.secrets), i)] = found[2]
		e.live = append(e.live, found[2])
	}
	e.mu.Unlock()
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

// model says secrets wherever it can: in reasons, in texts, in errors.
func (e *eavesdropper) model(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	defer e.mu.Unlock()
	header := r.Header.Clone()
	header.Del("Authorization")
	e.sent = append(e.sent, r.URL.String(), fmt.Sprint(header), string(body))
	mark := ""
	if found := markIn.FindSubmatch(body); found != nil {
		mark = string(found[1])
		e.marks[mark] = true
	}
	e.turn++
	w.Header().Set("Content-Type", "application/json")
	if e.turn%5 == 4 {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, `{"error":{"message":%q}}`, "wrong key "+e.loot()+" and "+mark)
		return
	}
	content, _ := json.Marshal(map[string]string{"text": e.loot() + " " + mark})
	if numbers := regexp.MustCompile(`\\"post\\":(\d+)`).FindAllSubmatch(body, -1); len(numbers) > 0 && bytes.Contains(body, []byte("Pick the posts")) {
		var ds []map[string]any
		n := json.Number(numbers[0][1])
		for _, act := range []string{"like", "comment"} {
			ds = append(ds, map[string]any{"post": n, "act": act, "why": e.loot() + mark})
		}
		content, _ = json.Marshal(map[string]any{"decisions": ds})
	}
	_, _ = fmt.Fprintf(w, `{"choices":[{"finish_reason":"stop","message":{"content":%q}}]}`, content)
}

// loot is one of the secrets in one of the encodings, another one each time.
func (e *eavesdropper) loot() string {
	secrets := append([]string{plantedKey, e.house.secret}, e.live...)
	e.turn++
	forms := spellings(secrets[e.turn%len(secrets)])
	names := []string{"as it is", "base64", "hex", "reversed", "rot13", "spaced"}
	return forms[names[e.turn%len(names)]]
}

// hits are the secrets in a place, in any of the six encodings.
func (e *eavesdropper) hits(place, text string, marks bool) (found []string) {
	all := map[string]string{"model key": plantedKey, "client secret": e.house.secret}
	for name, s := range e.secrets {
		all[name] = s
	}
	if marks {
		for mark := range e.marks {
			all["mark "+mark] = mark
		}
	}
	for name, secret := range all {
		for how, form := range spellings(secret) {
			if strings.Contains(text, form) {
				found = append(found, fmt.Sprintf("%s: %s %s", place, name, how))
			}
		}
	}
	return found
}

// TestSecrets_planted: the secrets of the environment or of the credentials
// file, the platform's tokens and the marks of the prompts are in no request
// to the model, no log, no journal and nothing that is printed of it; though
// the feed, the model and its errors hold them in six encodings.
func TestSecrets_planted(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"environment", "file"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			e := &eavesdropper{secrets: make(map[string]string), marks: make(map[string]bool), house: h}
			platform, model := httptest.NewServer(http.HandlerFunc(e.platform)), httptest.NewServer(http.HandlerFunc(e.model))
			t.Cleanup(platform.Close)
			t.Cleanup(model.Close)
			plant(t, h)
			h.env[envBaseURL], h.env[envModelURL], h.env[envModelKey] = platform.URL, model.URL+"/v1", plantedKey
			if place == "file" {
				if err := saveCredentials(h.env["IMAGINED_DATA"], "nova_cli", credentials{ID: h.env[envID], Secret: h.secret}); err != nil {
					t.Fatal(err)
				}
				delete(h.env, envSecret)
				delete(h.env, envID)
			}
			var said strings.Builder
			for range 6 {
				e.live = nil
				_, out, errs := h.imagined("run --once --pause 1ms --settle 50ms --log-format json @nova.yaml")
				said.WriteString(out + errs)
				_, out, errs = h.imagined("resume")
				said.WriteString(out + errs)
			}
			e.live = nil
			for _, line := range []string{"log", "log --json", "plan @nova.yaml", "state export", "check @nova.yaml", "doctor @nova.yaml"} {
				_, out, errs := h.imagined(line)
				said.WriteString(out + errs)
			}
			found := e.hits("printed", said.String(), true)
			found = append(found, e.hits("sent to the model", strings.Join(e.sent, "\n"), false)...)
			found = append(found, e.hits("journal", journalBytes(t, h), true)...)
			for _, f := range found {
				t.Error(f)
			}
			if len(e.secrets) < 2 || len(e.marks) < 3 || !strings.Contains(said.String(), "all writing is stopped") {
				t.Errorf("%d tokens, %d marks: the test sees too little:\n%s", len(e.secrets), len(e.marks), said.String())
			}
			if h.effects("createComment")+h.effects("createPost") > 0 {
				t.Log("texts that held nothing passed")
			}
		})
	}
}

// plant puts the secrets into the feed.
func plant(t *testing.T, h *house) {
	t.Helper()
	agent, err := h.client("", "").Register(t.Context(), apiclient.NewAgent{Handle: "magpie", Name: "Magpie"})
	if err != nil {
		t.Fatal(err)
	}
	magpie := h.client(agent.ClientID, agent.ClientSecret)
	for _, secret := range []string{plantedKey, h.secret} {
		for _, form := range spellings(secret) {
			if _, err := magpie.CreatePost(t.Context(), apiclient.NewPost{Content: "A plotter found " + form}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// journalBytes is all that lies in the data folder but the credentials.
func journalBytes(t *testing.T, h *house) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(h.env["IMAGINED_DATA"], func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "credentials") {
			return err
		}
		data, err := os.ReadFile(path)
		all.Write(data)
		return err
	})
	if err != nil || all.Len() == 0 {
		t.Fatal(all.Len(), err)
	}
	return all.String()
}

// TestSecrets_panic: a panic's text goes through the log, too.
func TestSecrets_panic(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "text"} {
		var out bytes.Buffer
		secrets := &redactor{}
		secrets.hide(plantedKey)
		log := newLogger(&out, format, slog.LevelDebug, secrets)
		for _, form := range spellings(plantedKey) {
			log.Error("job panicked", "panic", "index out of range: "+form, "stack", "main.f("+form+")")
		}
		log.Error("job panicked", "panic", "with iat_0123456789abcdef")
		for how, form := range spellings(plantedKey) {
			if strings.Contains(out.String(), form) {
				t.Errorf("%s: the log holds it %s", format, how)
			}
		}
		if strings.Contains(out.String(), "iat_") || strings.Count(out.String(), "[secret]") != 13 {
			t.Errorf("%s: %s", format, out.String())
		}
	}
}
