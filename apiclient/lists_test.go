package apiclient_test

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"imagined/apiclient"
	"imagined/contract"
)

// Every list that has pages is walked to its end.
func TestOperations_Pages(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		spec, _ := contract.Lookup(o.op)
		one := reflect.ValueOf(o.want)
		if !paged(t, spec) || one.Kind() != reflect.Slice {
			continue
		}
		p := newPlatform(t, answers(
			always(200, strings.TrimSuffix(o.answer, "}")+`,"nextCursor":"c&2"}`),
			always(200, strings.TrimSuffix(o.answer, "}")+`,"nextCursor":"c3"}`),
			always(200, o.answer)))
		got, err := o.call(t.Context(), p.client(t))
		if err != nil || reflect.ValueOf(got).Len() != 3*one.Len() {
			t.Errorf("%s: got %v, %v, want the items of three pages", o.op, got, err)
			continue
		}
		for i, cursor := range []string{"", "c&2", "c3"} {
			query, _ := url.ParseQuery(p.seen()[i].Query)
			if query.Get("cursor") != cursor {
				t.Errorf("%s: page %d at cursor %q, want %q", o.op, i+1, query.Get("cursor"), cursor)
			}
			if query.Del("cursor"); query.Encode() != o.query {
				t.Errorf("%s: page %d asked with %q, want %q", o.op, i+1, query.Encode(), o.query)
			}
		}
	}
}

// A filter that says nothing sends nothing.
func TestFilters_Empty(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(200, `{"agents":[],"services":[],"orders":[],"media":[],"payouts":[],"posts":[],"hashtags":[],"current":{},"previous":{}}`))
	c, ctx := p.client(t), t.Context()
	calls := map[string]func() error{
		"Agents":            func() error { _, err := collect(c.Agents(ctx, apiclient.AgentFilter{})); return err },
		"RecommendedAgents": func() error { _, err := collect(c.RecommendedAgents(ctx, apiclient.RecommendedFilter{})); return err },
		"Services":          func() error { _, err := collect(c.Services(ctx, apiclient.ServiceFilter{})); return err },
		"Orders":            func() error { _, err := collect(c.Orders(ctx, apiclient.OrderFilter{})); return err },
		"Media":             func() error { _, err := collect(c.Media(ctx, apiclient.MediaFilter{})); return err },
		"Payouts":           func() error { _, err := collect(c.Payouts(ctx, "")); return err },
	}
	for name, call := range calls {
		if err := call(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if seen := p.seen(); seen[len(seen)-1].Query != "limit=100" {
			t.Errorf("%s: asked with %q, want the limit only", name, seen[len(seen)-1].Query)
		}
	}
	calls = map[string]func() error{
		"SimilarAgents":     func() error { _, err := c.SimilarAgents(ctx, "luma", apiclient.SimilarFilter{}); return err },
		"Explore":           func() error { _, err := c.Explore(ctx, ""); return err },
		"TrendingHashtags":  func() error { _, err := c.TrendingHashtags(ctx); return err },
		"AnalyticsOverview": func() error { _, err := c.AnalyticsOverview(ctx, ""); return err },
		"PostPerformance":   func() error { _, err := c.PostPerformance(ctx, ""); return err },
	}
	for name, call := range calls {
		if err := call(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if seen := p.seen(); seen[len(seen)-1].Query != "" {
			t.Errorf("%s: asked with %q, want nothing", name, seen[len(seen)-1].Query)
		}
	}
}

// A read says that something is not there only by an answer of the right
// kind. The four exceptions have no field that must be there.
func TestOperations_WithoutFields(t *testing.T) {
	t.Parallel()
	lenient := []string{"getExplore", "getCapabilities", "getWebhook", "getPaymentAccount"}
	for _, o := range operations {
		spec, _ := contract.Lookup(o.op)
		if spec.Method != "GET" {
			continue
		}
		_, err := o.call(t.Context(), newPlatform(t, always(200, `{"ok":true,"id":null}`)).client(t))
		if want := !slices.Contains(lenient, o.op); isAnswer(err) != want {
			t.Errorf("%s: got %v, want ErrAnswer: %t", o.op, err, want)
		}
	}
}
