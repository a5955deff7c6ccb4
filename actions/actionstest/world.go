// Package actionstest prepares a sandbox in which every kind of action can be
// done once. It is for tests only.
package actionstest

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"imagined/apiclient"
)

// Platform says where the sandbox is, and on what clock.
type Platform struct {
	URL       string // of a sandbox that is served on loopback
	Now       func() time.Time
	Sleep     func(context.Context, time.Duration) error
	Transport http.RoundTripper // nil: one of its own
	Dir       string            // for the files to upload; the caller removes it
	Handle    string            // of the persona; default nova_test
}

// World is a sandbox with a persona in it, and three other agents who have to
// do with the persona. Preparing makes as many requests as the rate limits of
// the contract let through: on the wall clock every kind takes some minutes,
// one kind some seconds.
type World struct {
	Platform
	Nova Agent // the persona
	Luma Agent // has most to do with it

	orb, iris Agent
	service   map[string]string // by seller
	talk      string            // luma's conversation with the persona
}

// Agent is a registered agent with its client.
type Agent struct {
	*apiclient.Client
	ID, Secret string // OAuth client id and secret
	Self       apiclient.Agent
}

// New registers the agents.
func New(ctx context.Context, p Platform) (*World, error) {
	if p.Handle == "" {
		p.Handle = "nova_test"
	}
	if p.Transport == nil {
		p.Transport = &http.Transport{}
	}
	w := &World{Platform: p, service: map[string]string{}}
	for _, a := range []struct {
		handle string
		agent  *Agent
	}{{p.Handle, &w.Nova}, {"luma_test", &w.Luma}, {"orb_test", &w.orb}, {"iris_test", &w.iris}} {
		var err error
		if *a.agent, err = w.register(ctx, a.handle); err != nil {
			return nil, fmt.Errorf("register %s: %w", a.handle, err)
		}
	}
	if _, err := w.Nova.ConnectService(ctx, "OPENAI", "key-for-the-sandbox"); err != nil {
		return nil, fmt.Errorf("connect a provider: %w", err)
	}
	return w, nil
}

func (w *World) register(ctx context.Context, handle string) (Agent, error) {
	visitor, err := w.client("", "")
	if err != nil {
		return Agent{}, err
	}
	registered, err := visitor.Register(ctx, apiclient.NewAgent{Handle: handle, Name: "A " + handle})
	if err != nil {
		return Agent{}, err
	}
	a := Agent{ID: registered.ClientID, Secret: registered.ClientSecret}
	if a.Client, err = w.client(a.ID, a.Secret); err != nil {
		return Agent{}, err
	}
	me, err := a.Me(ctx)
	a.Self = me.Agent
	return a, err
}

func (w *World) client(id, secret string) (*apiclient.Client, error) {
	return apiclient.New(apiclient.Config{
		BaseURL: w.URL, ID: id, Secret: secret, Transport: w.Transport, Now: w.Now, Sleep: w.Sleep,
	})
}

// pass lets the platform do what takes it a moment.
func (w *World) pass(ctx context.Context) error { return w.Sleep(ctx, 5*time.Second) }

func (w *World) post(ctx context.Context, by Agent, text string) (string, error) {
	post, err := by.CreatePost(ctx, apiclient.NewPost{Content: text})
	return post.ID, err
}

// offer is a service of that seller; each has one.
func (w *World) offer(ctx context.Context, by Agent) (string, error) {
	if id := w.service[by.ID]; id != "" {
		return id, nil
	}
	s, err := by.CreateService(ctx, offered("Sketches by "+string(by.Self.Handle)))
	w.service[by.ID] = s.ID
	return s.ID, err
}

func offered(title string) apiclient.NewService {
	return apiclient.NewService{
		Title: title, Description: "One ink sketch of a place you name", ShortDesc: "Ink sketch", Price: 500, DeliveryDays: 1, Revisions: 1,
		Category: "CREATIVE", Tags: []string{"ink"},
	}
}

// order is a paid order on which some steps were taken.
func (w *World) order(ctx context.Context, buyer, seller Agent, steps ...string) (string, error) {
	service, err := w.offer(ctx, seller)
	if err != nil {
		return "", err
	}
	o, err := buyer.PlaceOrder(ctx, apiclient.NewOrder{ServiceID: service, PaymentMethod: "CARD"})
	if err != nil {
		return "", err
	}
	if err := w.pass(ctx); err != nil {
		return "", err
	}
	for _, step := range steps {
		by := seller
		if step == "accept" {
			by = buyer
		}
		if _, err := by.UpdateOrder(ctx, o.ID, apiclient.OrderUpdate{Action: step}); err != nil {
			return "", fmt.Errorf("%s: %w", step, err)
		}
	}
	return o.ID, nil
}

// payout is money that waits for the persona, whose account is set up.
func (w *World) payout(ctx context.Context) (string, error) {
	order, err := w.order(ctx, w.Luma, w.Nova, "start", "deliver", "accept")
	if err != nil {
		return "", err
	}
	setup, err := w.Nova.SetupPaymentAccount(ctx, apiclient.NewPaymentAccount{})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, setup.OnboardingURL, nil)
	if err != nil {
		return "", err
	}
	resp, err := w.Transport.RoundTrip(req)
	if err != nil {
		return "", err
	}
	_ = resp.Body.Close()
	for p, err := range w.Nova.Payouts(ctx, "") {
		if err != nil || p.OrderID == order {
			return p.ID, err
		}
	}
	return "", fmt.Errorf("the order %s made no payout", order)
}

// conversation is one that an agent began with the persona.
func (w *World) conversation(ctx context.Context, by Agent) (string, error) {
	c, err := by.StartConversation(ctx, apiclient.NewConversation{Participant: w.Nova.Self.Handle, Message: "Shall we trade sketches?"})
	return c.ID, err
}

// clip is a byte, from a file of its own.
func (w *World) clip(ctx context.Context, by Agent, name string) (string, error) {
	media, err := w.video(ctx, by, name)
	if err != nil {
		return "", err
	}
	b, err := by.CreateByte(ctx, apiclient.NewByte{MediaID: media, Caption: "Gulls, " + name})
	return b.ID, err
}

func (w *World) video(ctx context.Context, by Agent, name string) (string, error) {
	file, err := w.movie(name)
	if err != nil {
		return "", err
	}
	m, err := by.UploadVideo(ctx, apiclient.Upload{Path: file, Purpose: "byte"})
	if err != nil {
		return "", err
	}
	return m.ID, w.pass(ctx)
}

// movie writes an MP4 that says that it lasts 12 seconds.
func (w *World) movie(name string) (string, error) {
	box := func(kind string, body []byte) []byte {
		size := binary.BigEndian.AppendUint32(nil, uint32(8+len(body))) //nolint:gosec // it is short
		return append(append(size, kind...), body...)
	}
	header := binary.BigEndian.AppendUint32(make([]byte, 12), 1)
	header = append(binary.BigEndian.AppendUint32(header, 12), make([]byte, 80)...)
	file := append(box("ftyp", []byte("isom\x00\x00\x02\x00isommp41")), box("moov", box("mvhd", header))...)
	file = append(file, box("free", []byte(name))...) // so that no two are the same
	path := filepath.Join(w.Dir, name+".mp4")
	return path, os.WriteFile(path, file, 0o600)
}

// picture writes a PNG of that many pixels.
func (w *World) picture(name string, size int) (path string, err error) {
	path = filepath.Join(w.Dir, name+".png")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // in the caller's folder
	if err != nil {
		return "", err
	}
	if err := png.Encode(file, image.NewGray(image.Rect(0, 0, size, size))); err != nil {
		_ = file.Close()
		return "", err
	}
	return path, file.Close()
}
