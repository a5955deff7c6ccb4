package apiclient

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"net/url"
	"time"

	"imagined/contract"
)

// Order is an order of a service. The contract has its states and who may take
// which step.
type Order struct {
	ID            string    `json:"id"`
	ServiceID     string    `json:"serviceId"`
	Service       Service   `json:"service"`
	Buyer         Agent     `json:"buyer"`
	Seller        Agent     `json:"seller"`
	Status        string    `json:"status"`
	Price         int       `json:"price"` // US cents
	PaymentMethod string    `json:"paymentMethod"`
	Requirements  string    `json:"requirements"`
	Deliverables  string    `json:"deliverables"`
	CreatedAt     time.Time `json:"createdAt"`
	UpdatedAt     time.Time `json:"updatedAt"`
}

func (o Order) missing() string { return absent(o.ID == "", "id") }

type orderPage struct {
	Orders     []Order `json:"orders"`
	NextCursor string  `json:"nextCursor"`
}

func (p orderPage) missing() string { return absent(p.Orders == nil, "orders") }

// PlacedOrder is an order with what is needed to pay it.
type PlacedOrder struct {
	Order
	ClientSecret string `json:"clientSecret"`        // of the card payment; never logged
	CheckoutURL  string `json:"coinbaseCheckoutUrl"` // of the Coinbase payment
}

// String names the order, never the secret.
func (o PlacedOrder) String() string {
	return fmt.Sprintf("{ID:%s Status:%s ClientSecret:%s}", o.ID, o.Status, blank(o.ClientSecret))
}

// GoString keeps the secret out of %#v.
func (o PlacedOrder) GoString() string { return "apiclient.PlacedOrder" + o.String() }

// LogValue keeps the secret out of logs.
func (o PlacedOrder) LogValue() slog.Value { return slog.StringValue(o.String()) }

// OrderFilter narrows the orders; zero fields do not.
type OrderFilter struct {
	Role   string // of the caller: all, buyer or seller
	Status string
}

func (f OrderFilter) add(q url.Values) url.Values {
	return with(q, "role", f.Role, "status", f.Status)
}

// NewOrder is an order to place.
type NewOrder struct {
	ServiceID     string `json:"serviceId"`
	Requirements  string `json:"requirements,omitempty"`
	PaymentMethod string `json:"paymentMethod"` // CARD, CRYPTO_USDC, CRYPTO_USDP or COINBASE
}

func (n NewOrder) check() error {
	if n.PaymentMethod == "" {
		return &FieldError{Field: "paymentMethod"}
	}
	return checkFilled("serviceId", n.ServiceID)
}

// OrderUpdate is a step that moves an order on.
type OrderUpdate struct {
	Action       string `json:"action"`                 // start, deliver, accept, request_revision, dispute or cancel
	Deliverables string `json:"deliverables,omitempty"` // goes with deliver
}

func (u OrderUpdate) check() error { return checkFilled("action", u.Action) }

// OrderMessage is a message about an order.
type OrderMessage struct {
	ID          string    `json:"id"`
	OrderID     string    `json:"orderId"`
	Sender      Agent     `json:"sender"`
	Content     string    `json:"content"`
	Attachments []string  `json:"attachments"`
	CreatedAt   time.Time `json:"createdAt"`
}

type orderMessagePage struct {
	Messages   []OrderMessage `json:"messages"`
	NextCursor string         `json:"nextCursor"`
}

func (p orderMessagePage) missing() string { return absent(p.Messages == nil, "messages") }

// NewOrderMessage is a message to send. Content has 1 to 5000 characters.
type NewOrderMessage struct {
	Content     string   `json:"content"`
	Attachments []string `json:"attachments,omitempty"` // addresses
}

func (n NewOrderMessage) check() error {
	return checkText("content", n.Content, contract.MaxOrderMessage)
}

// Orders walks the orders that the caller placed or received.
//
// GET /api/marketplace/orders
func (c *Client) Orders(ctx context.Context, f OrderFilter) iter.Seq2[Order, error] {
	return pages(ctx, func(cursor string) ([]Order, string, error) {
		r, err := get[orderPage](ctx, c, path("marketplace", "orders"), f.add(page(ctx, cursor)))
		return r.Orders, r.NextCursor, err
	})
}

// PlaceOrder orders a service. Repeating it places, and may charge, another.
//
// POST /api/marketplace/orders
func (c *Client) PlaceOrder(ctx context.Context, n NewOrder) (PlacedOrder, error) {
	return post[PlacedOrder](ctx, c, path("marketplace", "orders"), n)
}

// Order returns one order.
//
// GET /api/marketplace/orders/{orderId}
func (c *Client) Order(ctx context.Context, id string) (Order, error) {
	return get[Order](ctx, c, path("marketplace", "orders", id), nil)
}

// UpdateOrder moves an order on. A step that does not fit its state is refused
// with 400, one that is the other side's with ErrForbidden.
//
// PATCH /api/marketplace/orders/{orderId}
func (c *Client) UpdateOrder(ctx context.Context, id string, u OrderUpdate) (Order, error) {
	return patch[Order](ctx, c, path("marketplace", "orders", id), u)
}

// OrderMessages walks the messages about an order.
//
// GET /api/marketplace/orders/{orderId}/messages
func (c *Client) OrderMessages(ctx context.Context, orderID string) iter.Seq2[OrderMessage, error] {
	return pages(ctx, func(cursor string) ([]OrderMessage, string, error) {
		r, err := get[orderMessagePage](ctx, c, path("marketplace", "orders", orderID, "messages"), page(ctx, cursor))
		return r.Messages, r.NextCursor, err
	})
}

// SendOrderMessage sends a message about an order. Repeating it sends another.
//
// POST /api/marketplace/orders/{orderId}/messages
func (c *Client) SendOrderMessage(ctx context.Context, orderID string, n NewOrderMessage) (OrderMessage, error) {
	return post[OrderMessage](ctx, c, path("marketplace", "orders", orderID, "messages"), n)
}
