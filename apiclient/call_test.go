package apiclient_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imagined/apiclient"
	"imagined/contract"
)

// callOf says in the contract's names what a request asked for.
func callOf(t *testing.T, spec contract.Operation, r request, o operation) apiclient.Call {
	t.Helper()
	in := apiclient.Call{Path: map[string]string{}}
	sent := strings.Split(r.Path, "/")
	for i, e := range strings.Split(spec.Path, "/") {
		if name, ok := strings.CutPrefix(e, "{"); ok {
			value, err := url.PathUnescape(sent[i])
			if err != nil {
				t.Fatal(err)
			}
			in.Path[strings.TrimSuffix(name, "}")] = value
		}
	}
	query, err := url.ParseQuery(r.Query)
	if err != nil {
		t.Fatal(err)
	}
	in.Query = query
	if o.file != nil {
		file := o.file()
		in.File = &file
	} else {
		in.Body = []byte(r.Body)
	}
	return in
}

// Call sends for every operation what its method sends, and hands on what the
// platform answers.
func TestCall(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		spec, _ := contract.Lookup(o.op)
		for form, answer := range o.answers(spec) {
			t.Run(o.op+"/"+form, func(t *testing.T) {
				t.Parallel()
				p := o.platform(t, always(max(o.status, 200), answer))
				c := p.client(t)
				if _, err := o.call(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				got, err := c.Call(t.Context(), spec, callOf(t, spec, p.seen()[0], o))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(compact(t, o.answer), compact(t, string(got))); diff != "" {
					t.Errorf("answer (-want +got):\n%s", diff)
				}
				want, second := withoutBoundary(p.seen()[0]), withoutBoundary(p.seen()[1])
				if diff := cmp.Diff(want, second); diff != "" {
					t.Errorf("request (-method's +Call's):\n%s", diff)
				}
			})
		}
	}
}

func compact(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func lookup(t *testing.T, id string) contract.Operation {
	t.Helper()
	op, ok := contract.Lookup(id)
	if !ok {
		t.Fatalf("%s is not an operation", id)
	}
	return op
}

// What does not fit the operation is refused before anything is sent, the
// contract's limits included.
func TestCall_Refused(t *testing.T) {
	t.Parallel()
	file := png()
	id := map[string]string{"postId": "p", "byteId": "p", "orderId": "p", "conversationId": "p", "serviceId": "p"}
	tests := []struct {
		op   string
		in   apiclient.Call
		want string // part of the error
	}{
		{op: "getPost", want: "postId is empty"},
		{op: "getPost", in: apiclient.Call{Path: map[string]string{"postId": ".."}}, want: `"." or ".."`},
		{op: "getPost", in: apiclient.Call{Path: map[string]string{"postId": "p", "x": "y"}}, want: "takes 1 parameters, 2 are given"},
		{op: "getAgent", in: apiclient.Call{Path: map[string]string{"handle": "@"}}, want: "handle is empty"},
		{op: "createPost", in: apiclient.Call{Body: []byte(`{"content":`)}, want: "not JSON"},
		{op: "createPost", in: apiclient.Call{Body: []byte(`{"content":7}`)}, want: "read the body"},
		{op: "createPost", in: apiclient.Call{Body: []byte(`{"content":"x"}`), File: &file}, want: "file: this operation takes none"},
		{op: "uploadImage", want: "file: this operation needs one"},
		{op: "uploadImage", in: apiclient.Call{Body: []byte(`{}`), File: &file}, want: "body: this operation takes a file instead"},
		{op: "uploadVideo", in: apiclient.Call{File: &file}, want: "video/mp4"},

		{op: "connectService", in: apiclient.Call{Body: []byte(`{"provider":"OPENAI"}`)}, want: "apiKey is empty"},
		{op: "createByte", in: apiclient.Call{Body: []byte(`{"caption":"x"}`)}, want: "mediaId is empty"},
		{op: "createByte", in: long(`{"mediaId":"m","caption":"%s"}`, 501), want: "caption is 501"},
		{op: "createByteComment", in: long(`{"content":"%s"}`, 501), want: "content is 501"},
		{op: "createComment", in: long(`{"content":"%s"}`, 1001), want: "content is 1001"},
		{op: "createPost", in: long(`{"content":"%s"}`, 501), want: "content is 501"},
		{op: "createPost", in: apiclient.Call{Body: []byte(`{"content":"x","mediaIds":["1","2","3","4","5"]}`)}, want: "mediaIds has 5 items, at most 4"},
		{op: "createReport", in: apiclient.Call{Body: []byte(`{"reason":"SPAM"}`)}, want: "name an agent, a post or a comment"},
		{op: "createReport", in: apiclient.Call{Body: []byte(`{"reportedPostId":"p"}`)}, want: "reason is empty"},
		{op: "createReview", in: apiclient.Call{Body: []byte(`{"rating":5,"content":"x"}`)}, want: "orderId is empty"},
		{op: "createReview", in: apiclient.Call{Body: []byte(`{"orderId":"o","content":"x"}`)}, want: "rating: it must be from 1 to 5"},
		{op: "createReview", in: apiclient.Call{Body: []byte(`{"orderId":"o","rating":6,"content":"x"}`)}, want: "rating: it must be from 1 to 5"},
		{op: "createReview", in: apiclient.Call{Body: []byte(`{"orderId":"o","rating":1,"qualityRating":-1,"content":"x"}`)}, want: "qualityRating: it must be"},
		{op: "createReview", in: apiclient.Call{Body: []byte(`{"orderId":"o","rating":1,"communicationRating":6,"content":"x"}`)}, want: "communicationRating: it must be"},
		{op: "createReview", in: apiclient.Call{Body: []byte(`{"orderId":"o","rating":1,"deliveryRating":6,"content":"x"}`)}, want: "deliveryRating: it must be"},
		{op: "createReview", in: apiclient.Call{Body: []byte(`{"orderId":"o","rating":1}`)}, want: "content is empty"},
		{op: "createService", in: apiclient.Call{Body: []byte(`{"description":"D","tags":[],"deliveryDays":1}`)}, want: "title is empty"},
		{op: "createService", in: apiclient.Call{Body: []byte(`{"title":"T","tags":[],"deliveryDays":1}`)}, want: "description is empty"},
		{op: "createService", in: apiclient.Call{Body: []byte(`{"title":"T","description":"D","deliveryDays":1}`)}, want: "tags: an empty list"},
		{op: "createService", in: apiclient.Call{Body: []byte(`{"title":"T","description":"D","tags":[]}`)}, want: "deliveryDays: it must be 1"},
		{op: "createService", in: apiclient.Call{Body: []byte(`{"title":"T","description":"D","tags":[],"deliveryDays":1,"price":-1}`)}, want: "price: it must not"},
		{op: "createService", in: apiclient.Call{Body: []byte(`{"title":"T","description":"D","tags":[],"deliveryDays":1,"revisions":-1}`)}, want: "revisions: it must not"},
		{op: "deleteMedia", in: apiclient.Call{Body: []byte(`{}`)}, want: "by its id or its url"},
		{op: "markNotificationsRead", in: apiclient.Call{Body: []byte(`{}`)}, want: "either some ids or all"},
		{op: "markNotificationsRead", in: apiclient.Call{Body: []byte(`{"all":true,"ids":["n"]}`)}, want: "either some ids or all"},
		{op: "placeOrder", in: apiclient.Call{Body: []byte(`{"paymentMethod":"CARD"}`)}, want: "serviceId is empty"},
		{op: "placeOrder", in: apiclient.Call{Body: []byte(`{"serviceId":"s"}`)}, want: "paymentMethod is empty"},
		{op: "quotePost", in: long(`{"content":"%s"}`, 501), want: "content is 501"},
		{op: "registerAgent", in: long(`{"handle":"nova","name":"N","bio":"%s"}`, 501), want: "bio is 501"},
		{op: "requestPayout", in: apiclient.Call{Body: []byte(`{}`)}, want: "payoutId is empty"},
		{op: "sendMessage", in: apiclient.Call{Body: []byte(`{"content":""}`)}, want: "content is empty"},
		{op: "sendOrderMessage", in: long(`{"content":"%s"}`, 5001), want: "content is 5001 characters long, at most 5000"},
		{op: "startConversation", in: apiclient.Call{Body: []byte(`{"participantHandle":"luma"}`)}, want: "message is empty"},
		{op: "startGeneration", in: long(`{"prompt":"%s"}`, 1001), want: "prompt is 1001"},
		{op: "updateOrder", in: apiclient.Call{Body: []byte(`{}`)}, want: "action is empty"},
		{op: "updateProfile", in: apiclient.Call{Body: []byte(`{"name":""}`)}, want: "name is empty"},
		{op: "updateProfile", in: long(`{"bio":"%s"}`, 501), want: "bio is 501"},
		{op: "updateService", in: apiclient.Call{Body: []byte(`{"title":""}`)}, want: "title is empty"},
		{op: "updateService", in: apiclient.Call{Body: []byte(`{"description":""}`)}, want: "description is empty"},
		{op: "updateService", in: apiclient.Call{Body: []byte(`{"deliveryDays":0}`)}, want: "deliveryDays: it must be 1"},
		{op: "updateWebhook", in: apiclient.Call{Body: []byte(`{"webhookUrl":"http://n.example"}`)}, want: "begin with https://"},
	}
	p := newPlatform(t, always(200, `{}`))
	c := p.client(t)
	for _, tt := range tests {
		op := lookup(t, tt.op)
		for name, value := range id {
			if len(tt.in.Body) > 0 && strings.Contains(op.Path, "{"+name+"}") {
				tt.in.Path = map[string]string{name: value}
			}
		}
		_, err := c.Call(t.Context(), op, tt.in)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !apiclient.NotSent(err) {
			t.Errorf("%s with %.60s: got %v, want %q in it and nothing sent", tt.op, tt.in.Body, err, tt.want)
		}
	}
	if _, err := c.Call(t.Context(), contract.Operation{ID: "teleport"}, apiclient.Call{}); !apiclient.NotSent(err) {
		t.Errorf("teleport: got %v, want it refused", err)
	}
	if got := len(p.seen()); got != 0 {
		t.Errorf("%d requests were sent", got)
	}
}

// long is a call with a text of n characters in its body.
func long(body string, n int) apiclient.Call {
	return apiclient.Call{Body: fmt.Appendf(nil, body, strings.Repeat("x", n))}
}

// Reads are tried again, writes never.
func TestCall_Tries(t *testing.T) {
	t.Parallel()
	tests := []struct {
		op     string
		status int
		in     apiclient.Call
		want   int // requests
	}{
		{op: "listPosts", status: 503, want: 4},
		{op: "listPosts", status: 404, want: 1},
		{op: "getFeed", status: 401, want: 2},
		{op: "createPost", status: 503, in: apiclient.Call{Body: []byte(`{"content":"x"}`)}, want: 1},
		{op: "createPost", status: 401, in: apiclient.Call{Body: []byte(`{"content":"x"}`)}, want: 1},
		{op: "deleteAvatar", status: 500, want: 1},
		{op: "registerAgent", status: 503, in: apiclient.Call{Body: []byte(`{"handle":"nova","name":"N"}`)}, want: 1},
	}
	for _, tt := range tests {
		p := newPlatform(t, always(tt.status, `{"error":"x","message":"y"}`))
		_, err := p.client(t).Call(t.Context(), lookup(t, tt.op), tt.in)
		if e, _ := errors.AsType[*apiclient.APIError](err); e == nil || e.Status != tt.status || e.Message != "y" {
			t.Errorf("%s: got %v, want status %d", tt.op, err, tt.status)
		}
		if got := len(p.seen()); got != tt.want {
			t.Errorf("%s answered with %d: %d requests, want %d", tt.op, tt.status, got, tt.want)
		}
	}
}

// An answer of no use is ErrAnswer, nothing at all is one to a write only.
func TestCall_Answers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		op, answer string
		want       string // "" for none
		unusable   bool
	}{
		{op: "getPost", answer: `<html>`, unusable: true},
		{op: "getPost", answer: ``, unusable: true},
		{op: "getPost", answer: `{"post":{"id":"p"}}`, want: `{"id":"p"}`},
		{op: "listPosts", answer: ` {"posts":[]} `, want: `{"posts":[]}`},
		{op: "likePost", answer: `<html>`, unusable: true},
		{op: "likePost", answer: ``},
	}
	for _, tt := range tests {
		p := newPlatform(t, always(200, tt.answer))
		in := apiclient.Call{}
		if strings.Contains(lookup(t, tt.op).Path, "{postId}") {
			in.Path = map[string]string{"postId": "p"}
		}
		got, err := p.client(t).Call(t.Context(), lookup(t, tt.op), in)
		if string(got) != tt.want || isAnswer(err) != tt.unusable || !tt.unusable && err != nil {
			t.Errorf("%s answered with %q: got %q, %v", tt.op, tt.answer, got, err)
		}
	}
}

// Secrets in a body do not come back in an error.
func TestCall_Secrets(t *testing.T) {
	t.Parallel()
	tests := []struct{ op, body string }{
		{op: "connectService", body: `{"provider":"OPENAI","apiKey":"sk-TOPSECRET"}`},
		{op: "createToken", body: `{"grant_type":"client_credentials","client_id":"c","client_secret":"sec-TOPSECRET"}`},
		{op: "createToken", body: `{"grant_type":"refresh_token","refresh_token":"iar-TOPSECRET"}`},
	}
	for _, tt := range tests {
		p := newPlatform(t, echo(http.StatusBadRequest))
		p.plain = tt.op == "createToken"
		_, err := p.client(t).Call(t.Context(), lookup(t, tt.op), apiclient.Call{Body: []byte(tt.body)})
		if err == nil || strings.Contains(err.Error(), "TOPSECRET") || !strings.Contains(err.Error(), "[redacted]") {
			t.Errorf("%s: got %v", tt.op, err)
		}
	}
}
