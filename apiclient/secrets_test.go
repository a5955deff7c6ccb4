package apiclient_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"imagined/apiclient"
)

// echo gives everything it was sent back, in the places that errors quote.
func echo(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		text := strings.ReplaceAll(r.Header.Get("Authorization")+" "+string(body), `"`, "'")
		reply(w, status, fmt.Sprintf(`{"error":%q,"message":%q,"access_token":[%q],"id":%q,"createdAt":%q}`, text, text, text, "x", text))
	}
}

// babble is not HTTP, but repeats the token.
func babble(w http.ResponseWriter, r *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 2OO %s\r\n%s\x1b[31m\r\n\r\n", r.Header.Get("Authorization"), r.Header.Get("Authorization"))
	_ = conn.Close()
}

func TestSecrets_NotInErrorsOrLogs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		answer, token http.HandlerFunc
	}{
		{name: "200", answer: echo(200)},
		{name: "302", answer: withHeader("Location", "https://iat_TOPSECRET1.example/\x7f", echo(302))},
		{name: "400", answer: echo(400)},
		{name: "401", answer: echo(401)},
		{name: "429", answer: echo(429)},
		{name: "500", answer: echo(500)},
		{name: "not HTTP", answer: babble},
		{name: "token 200", answer: echo(200), token: echo(200)},
		{name: "token 400", answer: echo(200), token: echo(400)},
		{name: "token 401", answer: echo(200), token: echo(401)},
		{name: "token 500", answer: echo(200), token: echo(500)},
		{name: "token 404", answer: echo(200), token: echo(404)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			p := newPlatform(t, tt.answer)
			p.token = tt.token
			c := p.client(t, func(cfg *apiclient.Config) {
				cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			_, read := c.Post(t.Context(), "pst_1")
			_, list := collect(c.Feed(t.Context()))
			_, write := c.CreatePost(t.Context(), apiclient.NewPost{Content: "x"})
			_, key := c.ConnectService(t.Context(), "OPENAI", "sk-TOPSECRET")
			all := fmt.Sprintf("%v|%+v|%v|%v|%#v", read, list, write, key, key)
			if strings.Contains(all, "TOPSECRET") {
				t.Errorf("a secret is in the errors: %s", all)
			}
			if read == nil && write == nil && key == nil {
				t.Error("no error to look at")
			}
			if strings.ContainsAny(all, "\x1b\r\n\x00") {
				t.Errorf("a control character is in the errors: %q", all)
			}
			if strings.Contains(log.String(), "TOPSECRET") || !strings.Contains(log.String(), "msg=request") {
				t.Errorf("log: %s", &log)
			}
		})
	}
}

func TestSecrets_NotPrinted(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(201, `{"id":"a","handle":"nova","name":"N","clientId":"cid_1","clientSecret":"sec_TOPSECRET"}`))
	cfg := apiclient.Config{BaseURL: p.URL, ID: clientID, Secret: clientSecret}
	c := p.client(t)
	if _, err := c.Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	agent, err := c.Register(t.Context(), apiclient.NewAgent{Handle: "nova", Name: "N"})
	if err != nil || agent.ClientSecret != clientSecret {
		t.Fatalf("got %v, %v", agent, err)
	}
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	token := apiclient.Token{AccessToken: "iat_TOPSECRET", RefreshToken: "iar_TOPSECRET"}
	asked := apiclient.TokenRequest{ClientID: clientID, ClientSecret: clientSecret, RefreshToken: "iar_TOPSECRET"}
	hook := apiclient.Webhook{URL: "https://n.example", Secret: "whs_TOPSECRET", Test: &apiclient.TestResult{}}
	placed := apiclient.PlacedOrder{Order: apiclient.Order{ID: "ord_1"}, ClientSecret: "pi_TOPSECRET"}
	for _, v := range []any{cfg, &cfg, c, agent, &agent, token, &token, asked, &asked, hook, &hook, placed, &placed} {
		fmt.Fprintf(&out, "%v %+v %#v %s\n", v, v, v, v)
		log.Info("it", slog.Any("v", v))
	}
	if strings.Contains(out.String(), "TOPSECRET") {
		t.Errorf("a secret is printed: %s", &out)
	}
	if !strings.Contains(out.String(), clientID) {
		t.Errorf("nothing is printed: %s", &out)
	}
}

// The platform's text is a stranger's: cut, quoted and on one line.
func TestAPIError_HostileText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 5000)
	p := newPlatform(t, always(400, `{"error":"\u001b[2J\n`+long+`","message":"line\r\nlevel=ERROR \u0007`+long+`"}`))
	_, err := p.client(t).LikePost(t.Context(), strings.Repeat("p", 3000))
	text := err.Error()
	if strings.ContainsAny(text, "\x1b\r\n\a") || len(text) > 900 {
		t.Errorf("got %d bytes: %q", len(text), text)
	}
	if e, _ := errors.AsType[*apiclient.APIError](err); len(e.Message) > 200 || len(e.Code) > 200 {
		t.Errorf("kept %d and %d bytes, want at most 200", len(e.Message), len(e.Code))
	}
}

// So is what the network says.
func TestCallError_HostileText(t *testing.T) {
	t.Parallel()
	hostile := errors.New("proxy said \x1b[2J\r\n\u202e" + strings.Repeat("é", 5000))
	c, err := apiclient.New(apiclient.Config{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, hostile })})
	if err != nil {
		t.Fatal(err)
	}
	err = register(t.Context(), c)
	if text := err.Error(); !errors.Is(err, hostile) || strings.ContainsAny(text, "\x1b\r\n\u202e") || len(text) > 3000 {
		t.Errorf("got %d bytes: %q", len(text), text)
	}
}

func TestAPIError_OddBodies(t *testing.T) {
	t.Parallel()
	for _, body := range []string{``, `<html>`, `[]`, `null`, `"x"`, `{"error":{"code":1},"message":7}`, `{"error":`} {
		p := newPlatform(t, always(422, body))
		_, err := p.client(t).LikePost(t.Context(), "p")
		e, ok := errors.AsType[*apiclient.APIError](err)
		if !ok || e.Status != 422 || e.Code != "" || e.Message != "" {
			t.Errorf("%s: got %v, want a bare 422", body, err)
		}
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	tests := []struct {
		base, id, secret string
		want             string // part of the error; "" for none
	}{
		{base: ""},
		{base: "https://imagineanything.com/"},
		{base: "http://127.0.0.1:8080"},
		{base: "http://[::1]:8080"},
		{base: "http://localhost:8080"},
		{base: "http://imagineanything.com", want: "https"},
		{base: "http://127.0.0.1.example.com", want: "https"},
		{base: "http://localhost.example.com", want: "https"},
		{base: "https://imagineanything.com/api", want: "scheme and host only"},
		{base: "https://u:TOPSECRET@imagineanything.com", want: "scheme and host only"},
		{base: "https://imagineanything.com?x=TOPSECRET", want: "scheme and host only"},
		{base: "imagineanything.com", want: "scheme and host only"},
		{base: "ftp://imagineanything.com", want: "not https"},
		{base: "https://", want: "no host"},
		{base: "ht tp://TOPSECRET:x", want: "not a URL"},
		{id: "cid", want: "IMAGINEANYTHING_CLIENT_SECRET"},
		{secret: "TOPSECRET", want: "IMAGINEANYTHING_CLIENT_ID"},
	}
	for _, tt := range tests {
		_, err := apiclient.New(apiclient.Config{BaseURL: tt.base, ID: tt.id, Secret: tt.secret, Rand: rand.New(rand.NewPCG(1, 1))})
		switch {
		case (err == nil) != (tt.want == ""):
			t.Errorf("%+v: got %v", tt, err)
		case err != nil && (!strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "TOPSECRET")):
			t.Errorf("%+v: got %v, want %q in it", tt, err, tt.want)
		}
	}
}
