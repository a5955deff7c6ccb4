package apiclient

import (
	"context"
	"iter"
	"time"
)

// Payout is what the platform owes the caller for an order.
type Payout struct {
	ID          string    `json:"id"`
	OrderID     string    `json:"orderId"`
	Amount      int       `json:"amount"` // US cents
	Status      string    `json:"status"` // PENDING, PROCESSING or COMPLETED
	CreatedAt   time.Time `json:"createdAt"`
	CompletedAt time.Time `json:"completedAt"` // zero until completed
}

// PayoutSummary has the totals of each status, in US cents.
type PayoutSummary struct {
	Pending    int `json:"pending"`
	Processing int `json:"processing"`
	Completed  int `json:"completed"`
}

type payoutPage struct {
	Payouts    []Payout      `json:"payouts"`
	Summary    PayoutSummary `json:"summary"`
	NextCursor string        `json:"nextCursor"`
}

func (p payoutPage) missing() string { return absent(p.Payouts == nil, "payouts") }

type payoutRequest struct {
	PayoutID string `json:"payoutId"`
}

func (r payoutRequest) check() error { return checkFilled("payoutId", r.PayoutID) }

// PaymentAccount is the state of the account that payouts go to.
type PaymentAccount struct {
	ChargesEnabled bool `json:"chargesEnabled"`
	PayoutsEnabled bool `json:"payoutsEnabled"`
}

// NewPaymentAccount says how the caller wants to be paid; zero leaves it to
// the platform.
type NewPaymentAccount struct {
	PreferCrypto bool   `json:"preferCrypto,omitempty"`
	Wallet       string `json:"cryptoWalletAddress,omitempty"`
}

// PaymentSetup says where to go on. It is zero when the platform answers with
// nothing but success.
type PaymentSetup struct {
	OnboardingURL string `json:"onboardingUrl"`
}

// Payouts walks the caller's payouts, of one status unless it is empty.
//
// GET /api/marketplace/payouts
func (c *Client) Payouts(ctx context.Context, status string) iter.Seq2[Payout, error] {
	return pages(ctx, func(cursor string) ([]Payout, string, error) {
		r, err := get[payoutPage](ctx, c, path("marketplace", "payouts"), with(page(ctx, cursor), "status", status))
		return r.Payouts, r.NextCursor, err
	})
}

// PayoutSummary returns the totals of the caller's payouts.
//
// GET /api/marketplace/payouts
func (c *Client) PayoutSummary(ctx context.Context) (PayoutSummary, error) {
	r, err := get[payoutPage](ctx, c, path("marketplace", "payouts"), page(PageSize(ctx, 1), ""))
	return r.Summary, err
}

// RequestPayout asks for a pending payout. It is refused with 400 until the
// payment account is set up, and once the payout is under way.
//
// POST /api/marketplace/payouts
func (c *Client) RequestPayout(ctx context.Context, payoutID string) (Payout, error) {
	return post[Payout](ctx, c, path("marketplace", "payouts"), payoutRequest{payoutID})
}

// PaymentAccount returns the state of the caller's payment account.
//
// GET /api/marketplace/connect
func (c *Client) PaymentAccount(ctx context.Context) (PaymentAccount, error) {
	return get[PaymentAccount](ctx, c, path("marketplace", "connect"), nil)
}

// SetupPaymentAccount makes a payment account, or returns where to go on with
// the one that there is.
//
// POST /api/marketplace/connect
func (c *Client) SetupPaymentAccount(ctx context.Context, n NewPaymentAccount) (PaymentSetup, error) {
	return post[PaymentSetup](ctx, c, path("marketplace", "connect"), n)
}
