package planner_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"imagined/actions"
	"imagined/planner"
)

// asked lists what a server was asked: which model, in which form.
func asked(requests []request) string {
	var all []string
	for _, q := range requests {
		all = append(all, q.Model+" "+q.form())
	}
	return strings.Join(all, ", ")
}

// first lets the first model fail and the second one answer.
func first(fails reply) reply {
	return func(w http.ResponseWriter, r *http.Request, q request, n int) {
		if q.Model == "m1" {
			fails(w, r, q, n)
			return
		}
		writeAnswer(w, q, decide("$1 like"))
	}
}

func hangUp(w http.ResponseWriter, _ *http.Request, _ request, _ int) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset, not an end
	}
	_ = conn.Close()
}

const (
	next   = "m1 json_schema, m2 json_schema"
	alone  = "m1 json_schema"
	second = "m1 json_schema, m1 json_object"
	again  = "m1 json_schema, m1 json_schema"
)

func errorBody(message, kind, code string) string {
	return fmt.Sprintf(`{"error":{"message":%q,"type":%q,"param":null,"code":%q}}`, message, kind, code)
}

// failures has a case, and more, for each row of the table.
var failures = []struct {
	name   string
	status int
	body   string
	kind   string // of a failure without status
	reply  reply  // default: status and body
	once   bool   // the second request is answered
	asked  string
	note   string // part of it; empty when a model answered in the end
	wait   time.Duration
}{
	{name: "quota", status: 429, body: errorBody("You exceeded your current quota, please check your plan and billing details.", "insufficient_quota", "insufficient_quota"), asked: alone, note: "the fix: add credit or raise the limit", wait: time.Hour},
	{name: "spend limit", status: 429, body: errorBody("This project has reached its limit.", "insufficient_quota", "project_spend_limit_exceeded"), asked: alone, note: "the fix: add credit", wait: time.Hour},
	{name: "wrong key", status: 401, body: errorBody("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"), asked: alone, note: "the fix: set OPENAI_API_KEY", wait: time.Hour},
	{name: "no credits", status: 402, body: `{"error":{"message":"This request requires more credits, or fewer max_tokens.","code":402}}`, asked: alone, note: "the fix: add credit", wait: time.Hour},
	{name: "no rights", status: 403, body: errorBody("Country, region, or territory not supported", "request_forbidden", "unsupported_country_region_territory"), asked: alone, note: "the fix: see what the key may do", wait: time.Hour},
	{name: "model of another project", status: 403, body: errorBody("Project does not have access to model m1", "invalid_request_error", "model_not_found"), asked: next},
	{name: "no such model", status: 404, body: errorBody("The model m1 does not exist", "invalid_request_error", "model_not_found"), asked: next},
	{name: "no such model, in 400", status: 400, body: `{"error":{"message":"m1 is not a valid model ID","code":400}}`, asked: next},
	{name: "no such path", status: 404, body: "404 page not found", asked: next},
	{name: "filtered", status: 400, body: errorBody("The response was filtered due to the prompt triggering content management policy.", "", "content_filter"), asked: alone, note: "the model declined: model m1: status"},
	{name: "flagged", status: 403, body: `{"error":{"message":"Your chosen model requires moderation and your input was flagged","code":403}}`, asked: alone, note: "the model declined: model m1: status"},
	{name: "too long", status: 400, body: errorBody("This model's maximum context length is 512 tokens.", "invalid_request_error", "context_length_exceeded"), asked: again, note: "the fix: give the model a context of 8192 tokens"},
	{name: "too long for the gateway", status: 413, body: "Request Entity Too Large", asked: again, note: "the fix: give the model a context of 8192 tokens"},
	{name: "cap under another name", status: 400, body: errorBody("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", "invalid_request_error", "unsupported_parameter"), once: true, asked: again},
	{name: "form", status: 400, body: errorBody("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.", "invalid_request_error", ""), once: true, asked: second},
	{name: "form, as 500", status: 500, body: `{"error":{"code":500,"message":"response_format type must be one of \"text\" or \"json_object\", but got: json_schema","type":"server_error"}}`, once: true, asked: second},
	{name: "form, as 422", status: 422, body: `{"detail":[{"type":"extra_forbidden","loc":["body","response_format"],"msg":"Extra inputs are not permitted","input":{"type":"insufficient_quota"}}]}`, once: true, asked: second},
	{name: "form, behind a gateway", status: 400, body: `{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":\"json_schema is not supported\"}","provider_name":"x"}}}`, once: true, asked: second},
	{name: "unknown 400", status: 400, body: `{"error":"bad request"}`, once: true, asked: second},
	{name: "unknown 422", status: 422, body: `{"message":"unprocessable"}`, once: true, asked: second},
	{name: "never understood", status: 400, body: `{"error":"bad request"}`, asked: "m1 json_schema, m1 json_object, m1 tool, m1 tool_any, m1 text", note: "the fix: ask the server's operator", wait: time.Hour},
	{name: "request timeout", status: 408, body: "", asked: next},
	{name: "conflict", status: 409, body: "{}", asked: next},
	{name: "busy", status: 429, body: errorBody("Rate limit reached", "requests", "rate_limit_exceeded"), asked: next},
	{name: "broken", status: 500, body: "oops", asked: next},
	{name: "overloaded", status: 503, body: `{"error":{"message":"Loading model","type":"unavailable_error","code":503}}`, asked: next},
	{name: "odd status", status: 418, body: "{}", asked: alone, note: "status 418", wait: 30 * time.Second},
	{name: "error inside 200", status: 200, body: `{"error":{"message":"Provider disconnected"}}`, asked: next},
	{name: "quota inside 200", status: 200, body: `{"error":{"message":"Insufficient credits","code":402},"user_id":"u"}`, asked: alone, note: "the fix: add credit", wait: time.Hour},
	{name: "silent", kind: "timeout", reply: func(_ http.ResponseWriter, r *http.Request, _ request, _ int) { <-r.Context().Done() }, asked: next},
	{name: "reset", kind: "garbage", reply: hangUp, asked: alone, note: "unusable answer", wait: 30 * time.Second},
	{name: "garbage", kind: "garbage", reply: bare("<html>"), asked: alone, note: "unusable answer", wait: 30 * time.Second},
	{name: "too big", kind: "too big", reply: bare(`{"choices":"` + strings.Repeat("x", 5<<20) + `"}`), asked: alone, note: "more than 4 MiB", wait: 30 * time.Second},
	{name: "redirect", kind: "redirect", reply: func(w http.ResponseWriter, r *http.Request, _ request, _ int) {
		http.Redirect(w, r, "http://127.0.0.1:9/v1/chat/completions", http.StatusTemporaryRedirect)
	}, asked: alone, note: "the fix: put the final address into llm.base_url", wait: time.Hour},
	{name: "no choices", kind: "no choices", reply: bare(`{"choices":[]}`), asked: next},
	{name: "cut off", kind: "length", reply: bare(choice(`"length"`, `{"content":"{\"decisions\":[]}"}`)), asked: again, note: `finish_reason is "length"`},
	{name: "cut off by its thoughts", kind: "length", reply: inTurn(bare(choice(`"length"`, `{"content":"","reasoning_content":"Hm."}`)), say(decide("$1 like"))), asked: again},
	{name: "filtered answer", kind: "content_filter", reply: bare(choice(`"content_filter"`, `{"content":null}`)), asked: alone, note: "the model declined: content_filter"},
	{name: "refusal", kind: "refusal", reply: bare(choice(`"stop"`, `{"content":null,"refusal":"No."}`)), asked: alone, note: "the model declined: refusal"},
	{name: "odd end", kind: "finish", reply: bare(choice(`"error"`, `{"content":null}`)), asked: next},
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for _, tt := range failures {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.reply == nil {
				tt.reply = status(tt.status, tt.body)
			}
			if tt.once {
				tt.reply = inTurn(tt.reply, say(decide("$1 like")))
			}
			f := offline(t, nova())
			f.model = serve(t, first(tt.reply))
			f.Brain = f.brain(t, planner.OpenAIConfig{Model: "m1", Fallback: []string{"m2"}, Timeout: 300 * time.Millisecond})
			plan := f.engage(t, three()...)
			if got := asked(f.model.seen()); got != tt.asked {
				t.Errorf("asked %q, want %q", got, tt.asked)
			}
			if want := map[bool]string{true: "like p1"}[tt.note == ""]; acts(plan) != want || !strings.Contains(plan.Note, tt.note) {
				t.Errorf("actions %q, note %q, want %q in it", acts(plan), plan.Note, tt.note)
			}
			if try := start.Add(tt.wait).Format(time.RFC3339); tt.wait > 0 && !strings.HasSuffix(plan.Note, "next try after "+try) {
				t.Errorf("note %q, want the next try after %s", plan.Note, try)
			}
			if usage, err := f.Store.UsageOf("2026-11-20"); err != nil || usage.Reserved != 0 {
				t.Errorf("usage %+v, %v", usage, err)
			}
		})
	}
}

// Each row of the table happens in a test.
func TestFailures_coverTheTable(t *testing.T) {
	t.Parallel()
	met := map[int]bool{
		planner.RuleOf(400, "", `{"message":"reasoning_effort"}`): true, // TestOpenAI_noEffort
		planner.RuleOf(0, "unsent", ""):                           true, // TestOpenAI_refusedBeforehand
		planner.RuleOf(0, "unreachable", ""):                      true, // TestOpenAI_unreachable
		planner.RuleOf(0, "certificate", ""):                      true, // TestOpenAI_certificate
	}
	for _, tt := range failures {
		met[planner.RuleOf(tt.status, tt.kind, tt.body)] = true
	}
	for i := range planner.Rules() {
		if !met[i] {
			t.Errorf("row %d of the table has no case", i)
		}
	}
}

func (f fixture) brain(t *testing.T, c planner.OpenAIConfig) planner.Brain {
	t.Helper()
	if c.BaseURL == "" {
		c.BaseURL = f.model.url
	}
	c.Now = f.Now
	brain, err := planner.NewOpenAI(c)
	if err != nil {
		t.Fatal(err)
	}
	return brain
}

// No question is paid for more than twice, whatever fails.
func TestOpenAI_paysTwice(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]reply{
		"prose for ever":        say("I like the first one."),
		"length, then prose":    inTurn(bare(choice(`"length"`, `{"content":""}`)), say("Well.")),
		"prose, then length":    inTurn(say("Well."), bare(choice(`"length"`, `{"content":""}`))),
		"errors inside":         bare(`{"error":{"message":"overloaded"}}`),
		"no choices":            bare(`{"choices":[]}`),
		"prose, then no choice": inTurn(say("Well."), bare(`{"choices":[]}`)),
	} {
		f := offline(t, nova())
		f.model = serve(t, reply)
		f.Brain = f.brain(t, planner.OpenAIConfig{Model: "m1", Fallback: []string{"m2", "m3", "m4"}})
		plan := f.engage(t, three()...)
		if n := len(f.model.seen()); n != 2 || !plan.Failed {
			t.Errorf("%s: %d requests, failed %v, note %q", name, n, plan.Failed, plan.Note)
		}
	}
}

// A decision ends in time, whatever its single requests take.
func TestOpenAI_deadline(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	var took atomic.Int64
	f.model = serve(t, func(w http.ResponseWriter, _ *http.Request, q request, n int) {
		took.Add(int64(2 * time.Minute))
		if n == 1 {
			writeAnswer(w, q, decide("$1 comment", "$2 comment", "$3 comment", "$3 like"))
			return
		}
		writeAnswer(w, q, `{"text":"The pauses between the strokes carry number `+fmt.Sprint(n)+`."}`)
	})
	f.Now = func() time.Time { return start.Add(time.Duration(took.Load())) }
	f.Brain = f.brain(t, planner.OpenAIConfig{Model: "m"})
	plan := f.engage(t, three()...)
	if len(f.model.seen()) != 3 || !strings.Contains(refusals(plan), "not written: the decision took longer than 5m0s") || !strings.Contains(acts(plan), "like p3") {
		t.Errorf("%d requests, did %q, refused %q", len(f.model.seen()), acts(plan), refusals(plan))
	}
}

// A question that is too long is asked once more about the better half; the
// other half waits.
func TestOpenAI_shortens(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), inTurn(
		status(400, `{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":6100,"n_ctx":4096}}`),
		say(decide("$1 like"))))
	var cs []planner.Candidate
	for i := range 10 {
		cs = append(cs, post(fmt.Sprint("p", i), fmt.Sprint("agent", i), "a plotter"))
	}
	plan := f.engage(t, cs...)
	q := f.model.seen()
	if len(q) != 2 || len(q[0].numbers) != 10 || len(q[1].numbers) != 5 || len(plan.Actions) != 1 {
		t.Fatalf("%d requests, actions %q, note %q", len(q), acts(plan), plan.Note)
	}
	if len(plan.Shown) != 5 || len(f.Seen(plan)) != 5 {
		t.Errorf("%d shown, %d seen: the others must wait", len(plan.Shown), len(f.Seen(plan)))
	}
}

func TestOpenAI_noEffort(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	f.model = serve(t, inTurn(status(400, errorBody("Unrecognized request argument supplied: reasoning_effort", "invalid_request_error", "")), say(decide("$1 like"))))
	f.Brain = f.brain(t, planner.OpenAIConfig{Model: "o1-mini"})
	plan := f.engage(t, three()...)
	q := f.model.seen()
	if acts(plan) != "like p1" || len(q) != 2 || !strings.Contains(q[0].body, `"reasoning_effort":"low"`) || strings.Contains(q[1].body, "reasoning_effort") {
		t.Errorf("%d requests, did %q, note %q", len(q), acts(plan), plan.Note)
	}
}

// What go-openai does not let through is another form's turn.
func TestOpenAI_refusedBeforehand(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	f.model = serve(t, func(w http.ResponseWriter, r *http.Request, q request, n int) {
		if q.form() != "text" {
			status(400, `{"error":"response_format"}`)(w, r, q, n)
			return
		}
		writeAnswer(w, q, decide("$1 like"))
	})
	f.Brain = f.brain(t, planner.OpenAIConfig{Model: "gpt-6-sol"})
	plan := f.engage(t, three()...)
	if got := asked(f.model.seen()); acts(plan) != "like p1" || got != "gpt-6-sol json_schema, gpt-6-sol json_object, gpt-6-sol text" {
		t.Errorf("asked %q, did %q, note %q", got, acts(plan), plan.Note)
	}
}

func TestOpenAI_certificate(t *testing.T) {
	t.Parallel()
	f := offline(t, nova())
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("was asked") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it notices that we hang up
	server.StartTLS()
	defer server.Close()
	f.Brain = f.brain(t, planner.OpenAIConfig{BaseURL: server.URL + "/v1", Model: "m"})
	plan := f.engage(t, three()...)
	if !strings.Contains(plan.Note, "its certificate is not good") || !strings.HasSuffix(plan.Note, "next try after 2026-11-20T13:00:00Z") || plan.Usage.Input != 0 {
		t.Errorf("note %q, usage %+v", plan.Note, plan.Usage)
	}
}

// A server that counts more tokens than we do is reserved for as it counts;
// one that counts fewer is not.
func TestOpenAI_learnsTheCount(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		says float64 // tokens for each byte of the request
		more bool
	}{{0.5, true}, {0.12, false}} {
		f := offline(t, nova())
		f.model = serve(t, func(w http.ResponseWriter, _ *http.Request, q request, n int) {
			if n == 12 {
				raw(w, 200, choice(`"stop"`, `{"content":"{\"decisions\":[]}"}`)) // without a count
				return
			}
			_, _ = io.WriteString(w, `{"choices":[{"finish_reason":"stop","message":{"content":"{\"decisions\":[]}"}}],"usage":{"completion_tokens":9,"prompt_tokens":`+
				fmt.Sprint(int(tt.says*float64(len(q.body))))+`}}`)
		})
		f.Brain = f.brain(t, planner.OpenAIConfig{Model: "m"})
		var first, last planner.Plan
		for i := range 12 {
			last = f.engage(t, post(fmt.Sprintf("p%02d", i), "luma", "a plotter"))
			if i == 0 {
				first = last
			}
		}
		ratio := float64(last.Usage.Input) / float64(first.Usage.Input)
		if tt.more && (ratio < 0.8 || ratio > 1.2) || !tt.more && ratio < 1.5 {
			t.Errorf("server counts %v: first %+v, ours in the end %+v", tt.says, first.Usage, last.Usage)
		}
	}
}

// A text that a server will not write does not cost the others.
func TestOpenAI_declinesToWrite(t *testing.T) {
	t.Parallel()
	f := online(t, nova(), inTurn(say(decide("$1 comment", "$2 like")), status(400, errorBody("filtered", "", "content_filter"))))
	plan := f.engage(t, three()...)
	if acts(plan) != "like p2" || !strings.Contains(refusals(plan), string(actions.Comment)+" p1: the brain had nothing to say") {
		t.Errorf("did %q, refused %q", acts(plan), refusals(plan))
	}
}
