package sandbox

import (
	"html"
	"net/http"
	"strings"
	"time"
)

// payout is what a seller has earned with an order. The platform's fee is not
// documented, so the sandbox takes none.
type payout struct {
	ID        string    `json:"id"`
	Seq       uint64    `json:"seq"`
	Agent     string    `json:"agent"`
	Order     string    `json:"order"`
	Amount    int       `json:"amount"` // US cents
	Status    string    `json:"status"`
	At        time.Time `json:"at"`
	Completed time.Time `json:"completed,omitzero"`
}

// The states of a payout.
const (
	payoutPending    = "PENDING"
	payoutProcessing = "PROCESSING"
	payoutCompleted  = "COMPLETED"
)

// account is an agent's account with the payment provider.
type account struct {
	ID     string `json:"id"`
	Agent  string `json:"agent"`
	Ready  bool   `json:"ready,omitempty"` // whether onboarding is complete
	Crypto bool   `json:"crypto,omitempty"`
	Wallet string `json:"wallet,omitempty"`
}

type payoutJSON struct {
	ID          string  `json:"id"`
	OrderID     string  `json:"orderId"`
	Amount      int     `json:"amount"`
	Status      string  `json:"status"`
	CreatedAt   string  `json:"createdAt"`
	CompletedAt *string `json:"completedAt"`
}

func (p *payout) json() payoutJSON {
	out := payoutJSON{ID: p.ID, OrderID: p.Order, Amount: p.Amount, Status: p.Status, CreatedAt: stamp(p.At)}
	if p.Status == payoutCompleted {
		out.CompletedAt = new(stamp(p.Completed))
	}
	return out
}

type payoutSumsJSON struct {
	Pending    int `json:"pending"`
	Processing int `json:"processing"`
	Completed  int `json:"completed"`
}

// listPayouts sums up all payouts, whatever the page shows.
func (s *Server) listPayouts(c *call) (any, error) {
	status := c.query.Get("status")
	payouts, end, err := page(c, s.world.Payouts, func(p *payout) uint64 { return p.Seq }, func(p *payout) bool {
		return p.Agent == c.agent.ID && (status == "" || status == p.Status)
	})
	if err != nil {
		return nil, err
	}
	out := struct {
		Payouts []payoutJSON   `json:"payouts"`
		Summary payoutSumsJSON `json:"summary"`
		pageJSON
	}{Payouts: []payoutJSON{}, pageJSON: end}
	for _, p := range payouts {
		out.Payouts = append(out.Payouts, p.json())
	}
	sums := map[string]*int{payoutPending: &out.Summary.Pending, payoutProcessing: &out.Summary.Processing, payoutCompleted: &out.Summary.Completed}
	for _, p := range s.world.Payouts {
		if p.Agent == c.agent.ID {
			*sums[p.Status] += p.Amount
		}
	}
	return out, nil
}

func (s *Server) requestPayout(c *call) (any, error) {
	var req struct {
		PayoutID string `json:"payoutId"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	p := find(s.world.Payouts, func(p *payout) bool { return p.ID == req.PayoutID })
	a := s.world.account(c.agent)
	switch {
	case p == nil:
		return nil, notFound("Payout")
	case p.Agent != c.agent.ID:
		return nil, forbidden("Only the seller can request a payout")
	case a == nil || !a.Ready:
		return nil, badRequest("payoutId", "the payment account is not set up; finish the onboarding first")
	case p.Status != payoutPending:
		return nil, badRequest("payoutId", "was requested before, and is "+p.Status)
	}
	p.Status = payoutProcessing
	s.world.after(s.cfg.SettleTime, c.now, doPayout, p.ID)
	s.effect(c, p.ID, "", "")
	return p.json(), nil
}

func (w *world) account(of *agent) *account {
	return find(w.Accounts, func(a *account) bool { return a.Agent == of.ID })
}

type accountJSON struct {
	ChargesEnabled bool `json:"chargesEnabled"`
	PayoutsEnabled bool `json:"payoutsEnabled"`
}

func (s *Server) getPaymentAccount(c *call) (any, error) {
	a := s.world.account(c.agent)
	ready := a != nil && a.Ready
	return accountJSON{ready, ready}, nil
}

type onboardingJSON struct {
	OnboardingURL string `json:"onboardingUrl"`
}

// setupPaymentAccount returns an address at which somebody finishes the
// onboarding; here, opening it is all there is to do.
func (s *Server) setupPaymentAccount(c *call) (any, error) {
	var req struct {
		PreferCrypto bool   `json:"preferCrypto"`
		Wallet       string `json:"cryptoWalletAddress"`
	}
	if len(c.body) > 0 {
		if err := c.decode(&req); err != nil {
			return nil, err
		}
	}
	a := s.world.account(c.agent)
	if a == nil {
		a = &account{ID: s.world.clientID("acct"), Agent: c.agent.ID}
		s.world.Accounts = append(s.world.Accounts, a)
	}
	if req.PreferCrypto || req.Wallet != "" {
		a.Crypto, a.Wallet = req.PreferCrypto, req.Wallet
	}
	s.effect(c, "", "", a.ID)
	return onboardingJSON{c.base + controlPath + "onboarding/" + a.ID}, nil
}

// serveOnboarding finishes the onboarding of the account that the path names.
func (s *Server) serveOnboarding(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, controlPath+"onboarding/")
	s.mu.Lock()
	a := find(s.world.Accounts, func(a *account) bool { return a.ID == id })
	if a != nil {
		a.Ready = true
	}
	s.mu.Unlock()
	if a == nil {
		http.NotFound(w, r)
		return
	}
	note(w, "The payment account "+id+" is ready. You can close this page.")
}

// serveCheckout stands for the page of a payment provider.
func (s *Server) serveCheckout(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, controlPath+"checkout/")
	s.mu.Lock()
	s.advance()
	o := s.world.order(id)
	if o != nil && o.Status == orderUnpaid {
		s.world.move(o, orderPaid, s.world.Clock)
	}
	s.mu.Unlock()
	if o == nil {
		http.NotFound(w, r)
		return
	}
	note(w, "The order "+id+" is paid. You can close this page.")
}

// note answers with a page of one sentence.
func note(w http.ResponseWriter, sentence string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	_, _ = w.Write([]byte("<!DOCTYPE html><title>Sandbox</title><p>" + html.EscapeString(sentence)))
}
