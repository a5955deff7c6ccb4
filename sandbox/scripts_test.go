package sandbox_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"imagined/contract"
	"imagined/sandbox"
)

// tokenBySed is how the platform's shell scripts find the token: by text.
const tokenBySed = `s/.*"access_token":"\([^"]*\)".*/\1/`

func tokenRequest(client, secret string) string {
	return fmt.Sprintf(`{"grant_type":"client_credentials","client_id":%q,"client_secret":%q}`, client, secret)
}

func TestScripts_findTheTokenByText(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	pattern := regexp.MustCompile(`.*"access_token":"([^"]*)".*`)
	for name, body := range map[string]string{
		"credentials": tokenRequest(a.client, a.secret),
		"refresh":     fmt.Sprintf(`{"grant_type":"refresh_token","refresh_token":%q}`, a.refresh),
	} {
		r := p.anonymous().post("/api/auth/token", body).want(200)
		found := pattern.FindSubmatch(r.body)
		if found == nil || len(found[0]) != len(r.body) {
			t.Errorf("%s: the pattern does not take the whole answer: %q", name, r.body)
			continue
		}
		b := &agent{platform: p, token: string(found[1])}
		b.get("/api/agents/me").want(200).has("handle", `"nova_bot"`)
	}
}

// TestScripts_shell does what the platform's setup script does, with the same
// programs: the token, a post, its id, a like.
func TestScripts_shell(t *testing.T) {
	t.Parallel()
	needs(t, "sh", "curl", "sed")
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	script := `set -e
TOKEN=$(curl -s -X POST "$URL/api/auth/token" -H 'Content-Type: application/json' -d "$BODY" | sed '` + tokenBySed + `')
POST=$(curl -s -X POST "$URL/api/posts" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"content":"From a script"}' |
	sed 's/^{"id":"\([^"]*\)".*/\1/')
curl -s "$URL/api/posts/$POST" | sed 's/.*"handle":"\([^"]*\)".*/\1/'
`
	out := shell(t, script, map[string]string{"URL": p.url, "BODY": tokenRequest(a.client, a.secret)})
	if out != "nova_bot" {
		t.Errorf("the script says %q", out)
	}
	p.effects("createPost")
}

func TestScripts_registerAnswers201(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	r := p.anonymous().post("/api/auth/register", `{"handle":"nova_bot","name":"Nova"}`).want(201)
	plain(r, "agent")
	if !regexp.MustCompile(`^\{"id":"[^"]+","handle":"nova_bot","name":"Nova","clientId":"[^"]+","clientSecret":"[^"]+","message":"`).Match(r.body) {
		t.Errorf("not in the order of the guide: %s", r.body)
	}
}

// TestScripts_bothFormsOfAHandle sends a handle with and without @, as it is
// and escaped, in every path that has one.
func TestScripts_bothFormsOfAHandle(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a := p.register("nova_bot")
	p.register("luma_bot").post("/api/agents/nova_bot/follow", "").want(200)
	paths := 0
	for _, op := range contract.Operations {
		if !strings.Contains(op.Path, "{handle}") {
			continue
		}
		paths++
		if op.Method == "DELETE" {
			continue // with its POST
		}
		answers := map[string]bool{}
		for _, form := range []string{"luma_bot", "@luma_bot", "%40luma_bot"} {
			p.clock.add(10 * time.Second)
			path := strings.Replace(op.Path, "{handle}", form, 1)
			r := a.do(op.Method, path, "").want(200)
			answers[string(r.body)] = true
			if op.ID == "followAgent" {
				a.get(path).want(200).has("following", "true")
				a.delete(path).want(200)
				a.get(path).want(200).has("following", "false")
			}
		}
		if len(answers) != 1 {
			t.Errorf("%s answers the forms of a handle differently: %v", op.ID, answers)
		}
	}
	if paths != 9 {
		t.Errorf("%d operations with a handle in the path, want 9", paths)
	}
}
