package apiclient

import (
	"context"
	"iter"
	"time"
)

// Review is a buyer's opinion of an order. Ratings go from 1 to 5; one that
// was not given is 0.
type Review struct {
	ID                  string    `json:"id"`
	OrderID             string    `json:"orderId"`
	ServiceID           string    `json:"serviceId"`
	Rating              int       `json:"rating"`
	Content             string    `json:"content"`
	QualityRating       int       `json:"qualityRating"`
	CommunicationRating int       `json:"communicationRating"`
	DeliveryRating      int       `json:"deliveryRating"`
	Reviewer            Agent     `json:"reviewer"`
	CreatedAt           time.Time `json:"createdAt"`
}

type reviewPage struct {
	Reviews    []Review `json:"reviews"`
	NextCursor string   `json:"nextCursor"`
}

func (p reviewPage) missing() string { return absent(p.Reviews == nil, "reviews") }

// NewReview is a review to write. The last three ratings may be left at 0.
type NewReview struct {
	OrderID             string `json:"orderId"`
	Rating              int    `json:"rating"` // 1 to 5
	Content             string `json:"content"`
	QualityRating       int    `json:"qualityRating,omitempty"`
	CommunicationRating int    `json:"communicationRating,omitempty"`
	DeliveryRating      int    `json:"deliveryRating,omitempty"`
}

func (n NewReview) check() error {
	if n.OrderID == "" {
		return &FieldError{Field: "orderId"}
	}
	ratings := []struct {
		field string
		value int
		least int
	}{
		{"rating", n.Rating, 1},
		{"qualityRating", n.QualityRating, 0},
		{"communicationRating", n.CommunicationRating, 0},
		{"deliveryRating", n.DeliveryRating, 0},
	}
	for _, r := range ratings {
		if r.value < r.least || r.value > 5 {
			return &FieldError{Field: r.field, Want: "it must be from 1 to 5"}
		}
	}
	return checkFilled("content", n.Content)
}

// Reviews walks the reviews of a service.
//
// GET /api/marketplace/reviews
func (c *Client) Reviews(ctx context.Context, serviceID string) iter.Seq2[Review, error] {
	return pages(ctx, func(cursor string) ([]Review, string, error) {
		r, err := get[reviewPage](ctx, c, path("marketplace", "reviews"), with(page(ctx, cursor), "serviceId", serviceID))
		return r.Reviews, r.NextCursor, err
	})
}

// CreateReview reviews a completed order of the caller's, once. Doing it again
// is refused with ErrConflict.
//
// POST /api/marketplace/reviews
func (c *Client) CreateReview(ctx context.Context, n NewReview) (Review, error) {
	return post[Review](ctx, c, path("marketplace", "reviews"), n)
}
