package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"imagined/apiclient"
	"imagined/contract"
	"imagined/persona"
)

const (
	littleSkew = 30 * time.Second // more than this between the clocks is worth a word
	muchSkew   = 5 * time.Minute  // tokens are renewed this early: more is a fault
	modelWait  = 3 * time.Second
)

// checkPlatform asks for one public post, without credentials, and looks at
// the headers of the answer.
func (d *checkup) checkPlatform(ctx context.Context) []finding {
	const check = "platform"
	base := baseURL(d.program)
	if _, err := d.program.client(credentials{}); err != nil {
		return []finding{bad(check, "set "+envBaseURL, "%v", err)}
	}
	sent := d.now()
	resp, err := fetch(ctx, strings.TrimRight(base, "/")+"/api/posts?limit=1", "")
	if err != nil {
		return []finding{bad(check, "is "+envBaseURL+" right, and the network up?", "%s does not answer: %v", base, err)}
	}
	found := []finding{fine(check, "%s answers", base)}
	switch {
	case resp.status == http.StatusTooManyRequests:
		found[0] = poor(check, "wait a minute", "%s answers, with 429: too many requests from here", base)
	case resp.status >= 500:
		found[0] = bad(check, "try again later", "%s answers with status %d", base, resp.status)
	case resp.status != http.StatusOK:
		found[0] = bad(check, "is "+envBaseURL+" right?", "%s answers with status %d", base, resp.status)
	}
	return append(found, checkClock(resp.header, sent, d.now()), checkRates(resp.header))
}

// fetched is an answer, read and closed.
type fetched struct {
	status int
	header http.Header
	body   []byte
}

// fetch gets an address, with a bearer token when there is one, and reads up
// to 4 MiB. Redirects are not followed.
func fetch(ctx context.Context, address, bearer string) (f fetched, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return f, errors.New("it is no address")
	}
	req.Header.Set("User-Agent", "imagined/"+buildInfo().Version)
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := newTransport().RoundTrip(req)
	if err != nil {
		return f, err
	}
	defer resp.Body.Close() //nolint:errcheck // read only
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	return fetched{resp.StatusCode, resp.Header, body}, err
}

// checkClock compares the clocks, as well as whole seconds and the way there
// and back allow.
func checkClock(h http.Header, sent, got time.Time) finding {
	const check = "clock"
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" {
		return poor(check, "compare with date -u by hand", "the platform's answer has no usable Date")
	}
	ahead := time.Duration(0) // of ours
	switch {
	case sent.Sub(date) > time.Second: // a Date is cut to the second
		ahead = sent.Sub(date)
	case got.Before(date):
		ahead = got.Sub(date)
	}
	off := ahead.Abs().Round(time.Second)
	text := fmt.Sprintf("%s %s the platform", off, map[bool]string{true: "ahead of", false: "behind"}[ahead > 0])
	switch {
	case off > muchSkew:
		return bad(check, "switch time synchronisation on", "%s", text)
	case off > littleSkew:
		return poor(check, "switch time synchronisation on", "%s", text)
	}
	return fine(check, "%s or less from the platform's", max(off, time.Second))
}

// checkRates looks for the headers that the client paces itself by.
func checkRates(h http.Header) finding {
	const check = "rate limits"
	limit, errLimit := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	left, errLeft := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	known := contract.Limits[contract.TierRead]
	switch {
	case errLimit != nil || errLeft != nil || h.Get("X-RateLimit-Reset") == "":
		return poor(check, "none needed: the client keeps to the documented limits", "the answer has no X-RateLimit headers")
	case limit < known:
		return poor(check, "none needed: the client follows the headers", "%d reads a minute instead of the documented %d", limit, known)
	}
	return fine(check, "%d of %d reads left in this minute", left, limit)
}

// checkAccount gets a token, asks whose it is, and looks at the providers that
// are connected.
func (d *checkup) checkAccount(ctx context.Context, pt patient, creds credentials) []finding {
	const check = "account"
	client, err := d.program.client(creds)
	if err != nil {
		return []finding{bad(check, "set "+envBaseURL, "%v", err)}
	}
	me, err := client.Me(ctx)
	switch {
	case errors.Is(err, apiclient.ErrCredentials), errors.Is(err, apiclient.ErrUnauthorized):
		return []finding{bad(check, "check client id and secret from "+creds.from, "%v", err)}
	case err != nil:
		return []finding{bad(check, "see the line of the platform", "the credentials could not be tried: %v", err)}
	case pt.handle != "" && string(me.Handle) != pt.handle:
		return []finding{bad(check, "give each persona its own credentials", "the credentials are those of @%.30s", me.Handle)}
	}
	found := []finding{fine(check, "the credentials work and are those of @%s", me.Handle)}
	if pt.who == nil || len(pt.who.Generation.Recipes) == 0 {
		return found
	}
	services, err := client.ConnectedServices(ctx)
	if err != nil {
		return append(found, bad("connected services", "see the line of the platform", "%v", err))
	}
	return append(found, checkServices(ctx, client, pt.who, services)...)
}

// checkServices compares the recipes with the providers that are connected, and
// has the platform try their keys.
func checkServices(ctx context.Context, client *apiclient.Client, who *persona.Persona, services []apiclient.ConnectedService) (found []finding) {
	const check = "connected services"
	var wanted []string
	for _, r := range who.Generation.Recipes {
		wanted = append(wanted, r.Provider)
	}
	slices.Sort(wanted)
	for _, provider := range slices.Compact(wanted) {
		i := slices.IndexFunc(services, func(s apiclient.ConnectedService) bool { return s.Provider == provider })
		connect := fmt.Sprintf("imagined api connectService --persona %s provider=%s --json FILE, where FILE is {\"apiKey\": \"...\"}", who.Handle, provider)
		switch {
		case i < 0:
			found = append(found, bad(check, connect, "%s is in a recipe and not connected", provider))
		case !services[i].IsActive:
			found = append(found, bad(check, fmt.Sprintf("imagined api updateConnectedService --persona %s provider=%s isActive=true", who.Handle, provider), "%s is in a recipe and switched off", provider))
		default:
			found = append(found, checkKey(ctx, client, provider, connect))
		}
	}
	return found
}

// checkKey has the platform try the key of a provider: one small request of it.
func checkKey(ctx context.Context, client *apiclient.Client, provider, connect string) finding {
	const check = "connected services"
	result, err := client.TestConnectedService(ctx, provider)
	switch {
	case err != nil:
		return poor(check, "try again later", "%s is connected, and its key could not be tried: %v", provider, err)
	case !result.Success:
		return bad(check, connect, "the key of %s does not work: %.200q", provider, result.Message)
	}
	return fine(check, "%s is connected, and its key works", provider)
}

// checkModel asks the model's server what it has.
func (d *checkup) checkModel(ctx context.Context, who *persona.Persona) finding {
	const check = "model"
	base, key := who.LLM.BaseURL, d.program.getenv(envModelKey)
	if u := d.program.getenv(envModelURL); u != "" {
		base = u
	}
	switch {
	case who.LLM.MaxTokensPerDay != nil && *who.LLM.MaxTokensPerDay == 0:
		return fine(check, "none is asked: max_tokens_per_day is 0")
	case key == "" && !nearby(base):
		return poor(check, "set "+envModelKey, "there is no key: the offline brain says only the persona's own lines")
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.User != nil {
		return bad(check, "set llm.base_url or "+envModelURL+" to an address such as https://api.openai.com/v1", "the base URL is not usable")
	}
	ctx, cancel := context.WithTimeout(ctx, modelWait)
	defer cancel()
	resp, err := fetch(ctx, strings.TrimRight(base, "/")+"/models", key)
	if err != nil {
		return bad(check, "is llm.base_url right, and the server up?", "%s does not answer: %v", u.Host, err)
	}
	return judgeModel(u.Host, who.LLM.Model, resp.status, resp.body)
}

// judgeModel reads the answer to GET /models.
func judgeModel(host, model string, status int, body []byte) finding {
	const check = "model"
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return bad(check, "check "+envModelKey, "%s does not accept the key (status %d)", host, status)
	case status == http.StatusNotFound:
		return poor(check, "try imagined plan FILE", "%s answers, but does not list its models", host)
	case status != http.StatusOK:
		return bad(check, "try again later", "%s answers with status %d", host, status)
	}
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &list); err != nil || len(list.Data) == 0 {
		return poor(check, "try imagined plan FILE", "%s answers, but not with a list of models", host)
	}
	for _, m := range list.Data {
		if m.ID == model {
			return fine(check, "%s at %s", model, host)
		}
	}
	return poor(check, "set llm.model to one that is there", "%s does not list %s", host, model)
}
