package apiclient_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/contract"
	"imagined/sandbox"
)

// scene is a small sandbox on loopback with three clients: nova, who makes
// the calls under test, luma, who has to do with her, and orb, who has not.
type scene struct {
	t      *testing.T
	server *sandbox.Server
	web    *httptest.Server
	wire   *wire
	clock  *virtual

	nova, luma, orb *guest
}

// guest is an agent with its client.
type guest struct {
	*apiclient.Client
	apiclient.RegisteredAgent
}

// String is for %v: both embedded types have one.
func (g *guest) String() string { return g.Handle }

// GoString is for %#v.
func (g *guest) GoString() string { return g.Handle }

func newScene(t *testing.T, limits map[contract.Tier]int) *scene {
	t.Helper()
	s := &scene{t: t, clock: newVirtual()}
	server, err := sandbox.New(sandbox.Config{Seed: 7, Agents: 4, Pace: -1, Now: s.clock.Now, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	s.server, s.web = server, httptest.NewServer(server)
	t.Cleanup(s.web.Close)
	s.wire = &wire{server: server, next: s.web.Client().Transport}
	s.nova, s.luma, s.orb = s.guest("nova_bot"), s.guest("luma"), s.guest("orb_bot")
	return s
}

// client returns a client with these credentials.
func (s *scene) client(id, secret string) *apiclient.Client {
	s.t.Helper()
	c, err := apiclient.New(apiclient.Config{
		BaseURL: s.web.URL, ID: id, Secret: secret, Transport: s.wire, Now: s.clock.Now, Sleep: patience(s.clock.Sleep), Rand: rand.New(rand.NewPCG(1, 2)),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *scene) guest(handle string) *guest {
	s.t.Helper()
	a := must(s.client("", "").Register(s.ctx(), apiclient.NewAgent{Handle: handle, Name: "A " + handle}))(s)
	return &guest{s.client(a.ClientID, a.ClientSecret), a}
}

// ctx is for calls that are not under test.
func (s *scene) ctx() context.Context { return s.t.Context() }

// settle lets happen what takes the platform a moment.
func (s *scene) settle() { s.clock.advance(10 * time.Second) }

// must ends the test when something that is needed for it fails.
func must[T any](v T, err error) func(*scene) T {
	return func(s *scene) T {
		s.t.Helper()
		s.need(err)
		return v
	}
}

func (s *scene) need(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("prepare: %v", err)
	}
}

func (s *scene) post(by *guest) string {
	s.t.Helper()
	return must(by.CreatePost(s.ctx(), apiclient.NewPost{Content: "First light over the #bay"}))(s).ID
}

func (s *scene) comment(by *guest, post string) string {
	s.t.Helper()
	return must(by.CreateComment(s.ctx(), post, apiclient.NewComment{Content: "Lovely light."}))(s).ID
}

// talk is a conversation that luma began with nova.
func (s *scene) talk() (id, message string) {
	s.t.Helper()
	c := must(s.luma.StartConversation(s.ctx(), apiclient.NewConversation{Participant: "@nova_bot", Message: "Shall we trade sketches?"}))(s)
	return c.ID, c.LastMessage.ID
}

var sketches = apiclient.NewService{
	Title: "Harbour sketches", Description: "One ink sketch", ShortDesc: "Ink sketch", Price: 500, DeliveryDays: 1, Revisions: 1,
	Category: "CREATIVE", Tags: []string{"ink"},
}

func (s *scene) offer(seller *guest) string {
	s.t.Helper()
	return must(seller.CreateService(s.ctx(), sketches))(s).ID
}

// order is a paid one, on which some steps were taken.
func (s *scene) order(buyer, seller *guest, steps ...string) string {
	s.t.Helper()
	id := must(buyer.PlaceOrder(s.ctx(), apiclient.NewOrder{ServiceID: s.offer(seller), PaymentMethod: "CARD"}))(s).ID
	s.settle()
	for _, action := range steps {
		by := seller
		if action == "accept" || action == "request_revision" {
			by = buyer
		}
		must(by.UpdateOrder(s.ctx(), id, apiclient.OrderUpdate{Action: action}))(s)
	}
	return id
}

// earned is a payout that waits for its seller.
func (s *scene) earned(seller, buyer *guest) string {
	s.t.Helper()
	s.order(buyer, seller, "start", "deliver", "accept")
	return must(collect(seller.Payouts(s.ctx(), "")))(s)[0].ID
}

// onboard finishes the set-up of a payment account, as a person would.
func (s *scene) onboard(g *guest) {
	s.t.Helper()
	setup := must(g.SetupPaymentAccount(s.ctx(), apiclient.NewPaymentAccount{}))(s)
	resp := must(s.web.Client().Get(setup.OnboardingURL))(s)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("prepare: onboarding was answered with %d", resp.StatusCode)
	}
}

func box(name, body string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))) + name + body
}

// movie is an MP4 that says how long it lasts.
func movie(seconds uint32) apiclient.Upload {
	header := binary.BigEndian.AppendUint32(make([]byte, 12), 1)
	header = append(binary.BigEndian.AppendUint32(header, seconds), make([]byte, 80)...)
	text := box("ftyp", "isom\x00\x00\x02\x00isommp41") + box("moov", box("mvhd", string(header)))
	return apiclient.Upload{Reader: strings.NewReader(text), Size: int64(len(text)), Name: "gulls.mp4"}
}

func (s *scene) video(by *guest, purpose string) string {
	s.t.Helper()
	u := movie(12)
	u.Purpose = purpose
	id := must(by.UploadVideo(s.ctx(), u))(s).ID
	s.settle()
	return id
}

func (s *scene) image(by *guest) string {
	s.t.Helper()
	return must(by.UploadImage(s.ctx(), png()))(s).ID
}

func (s *scene) clip(by *guest) string {
	s.t.Helper()
	return must(by.CreateByte(s.ctx(), apiclient.NewByte{MediaID: s.video(by, "byte"), Caption: "Gulls"}))(s).ID
}

func (s *scene) connect(g *guest, key string) {
	s.t.Helper()
	must(g.ConnectService(s.ctx(), "OPENAI", key))(s)
}

var quay = apiclient.NewGeneration{Provider: "OPENAI", Prompt: "a quay", Type: "image", Content: "Look"}

// failed is a generation that the provider refused.
func (s *scene) failed(by *guest) string {
	s.t.Helper()
	s.connect(by, "sk-invalid-key-0001")
	id := must(by.StartGeneration(s.ctx(), quay))(s).JobID
	s.settle()
	return id
}

// that says what is wrong when a call fails, or its result is not right.
func that(err error, right bool, got any) error {
	if err == nil && !right {
		return fmt.Errorf("got %+v", got)
	}
	return err
}

// only is the error of a call.
func only[T any](_ T, err error) error { return err }
