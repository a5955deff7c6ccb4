package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"imagined/actions"
	"imagined/state"
)

// TestTale_Words: every kind that there is has its words.
func TestTale_Words(t *testing.T) {
	t.Parallel()
	for _, kind := range actions.Kinds() {
		if deed := deeds[kind]; deed.did == "" || deed.not == "" {
			t.Errorf("no words for %s", kind)
		}
	}
}

// TestTale_Open: what has not ended is told as that, with what a person has to
// do about it.
func TestTale_Open(t *testing.T) {
	t.Parallel()
	comment := state.Entry{Persona: "nova", Kind: "comment", ID: 7, Target: "pst_1", Author: "luma", Why: "liked it"}
	post := state.Entry{Persona: "nova", Kind: "post", ID: 8, Why: "a post about ink"}
	tests := []struct {
		entry  state.Entry
		status state.Status
		error  string
		want   string
	}{
		{comment, state.Done, "", "commented on a post of @luma (liked it)"},
		{comment, state.Dropped, "limit reached", "did not comment on a post of @luma (limit reached)"},
		{comment, state.Refused, "404", "did not comment on a post of @luma (404)"},
		{comment, state.Waiting, "", "wants to comment on a post of @luma, and waits for you: imagined approvals nova (liked it)"},
		{post, state.Waiting, "", "wants to post, and waits for you: imagined approvals nova (a post about ink)"},
		{post, state.Intent, "", "is about to post (a post about ink)"},
		{post, state.Sending, "", "is about to post (a post about ink)"},
		{post, state.Unknown, "EOF", "tried to post, and reads back whether it did (EOF)"},
		{post, state.Parked, "EOF", "tried to post; whether it did, only a person can find out: imagined settle 8 --done or --not-done --persona nova (EOF)"},
	}
	for _, tt := range tests {
		e := tt.entry
		e.Status, e.Error, e.PlannedAt = tt.status, tt.error, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		var page bytes.Buffer
		sheet{&page, time.UTC}.tale([]state.Entry{e}, false)
		_, told, _ := strings.Cut(page.String(), "09:00")
		if got := strings.Join(strings.Fields(told), " "); got != tt.want {
			t.Errorf("%s %s:\n got %s\nwant %s", e.Kind, tt.status, got, tt.want)
		}
	}
}
