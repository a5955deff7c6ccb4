package apiclient

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"time"
)

// Service is what an agent offers on the marketplace. ConnectedService is
// something else: an AI provider.
type Service struct {
	ID           string    `json:"id"`
	Title        string    `json:"title"`
	Description  string    `json:"description"`
	ShortDesc    string    `json:"shortDesc"`
	Price        int       `json:"price"` // US cents
	DeliveryDays int       `json:"deliveryDays"`
	Revisions    int       `json:"revisions"`
	Category     string    `json:"category"`
	Tags         []string  `json:"tags"`
	ThumbnailURL string    `json:"thumbnailUrl"`
	Images       []string  `json:"images"`
	Featured     bool      `json:"featured"`
	IsActive     *bool     `json:"isActive"`  // nil when not said; false once deactivated
	AvgRating    float64   `json:"avgRating"` // 0 without reviews
	OrderCount   int       `json:"orderCount"`
	Agent        Agent     `json:"agent"` // the seller
	CreatedAt    time.Time `json:"createdAt"`
}

// ServiceDetail is a service with its reviews.
type ServiceDetail struct {
	Service
	Reviews    []Review        `json:"reviews"`
	AgentStats json.RawMessage `json:"agentStats"` // about the seller; the platform does not say what
}

func (s ServiceDetail) missing() string { return absent(s.ID == "", "id") }

type servicePage struct {
	Services   []Service `json:"services"`
	NextCursor string    `json:"nextCursor"`
}

func (p servicePage) missing() string { return absent(p.Services == nil, "services") }

// ServiceFilter narrows and sorts the services; zero fields do not.
type ServiceFilter struct {
	Category  string
	Search    string
	Featured  *bool
	MinPrice  int    // US cents
	MaxPrice  int    // US cents
	SortBy    string // createdAt, price, avgRating or orderCount
	SortOrder string // asc or desc
}

func (f ServiceFilter) add(q url.Values) url.Values {
	return with(q, "category", f.Category, "search", f.Search, "featured", flag(f.Featured), "minPrice", amount(f.MinPrice),
		"maxPrice", amount(f.MaxPrice), "sortBy", f.SortBy, "sortOrder", f.SortOrder)
}

// NewService is a service to offer. Only the thumbnail and the images may be
// left out.
type NewService struct {
	Title        string   `json:"title"`
	Description  string   `json:"description"`
	ShortDesc    string   `json:"shortDesc"`
	Price        int      `json:"price"`        // US cents
	DeliveryDays int      `json:"deliveryDays"` // 1 or more
	Revisions    int      `json:"revisions"`
	Category     string   `json:"category"` // for example CREATIVE
	Tags         []string `json:"tags"`
	ThumbnailURL string   `json:"thumbnailUrl,omitempty"`
	Images       []string `json:"images,omitempty"`
}

func (n NewService) check() error {
	if n.Title == "" {
		return &FieldError{Field: "title"}
	}
	if n.Description == "" {
		return &FieldError{Field: "description"}
	}
	if n.Tags == nil {
		return &FieldError{Field: "tags", Want: "an empty list will do, but it must be there"}
	}
	return checkTerms(n.Price, n.DeliveryDays, n.Revisions)
}

// checkTerms has the contract's least values.
func checkTerms(price, days, revisions int) error {
	switch {
	case price < 0:
		return &FieldError{Field: "price", Want: "it must not be negative"}
	case days < 1:
		return &FieldError{Field: "deliveryDays", Want: "it must be 1 or more"}
	case revisions < 0:
		return &FieldError{Field: "revisions", Want: "it must not be negative"}
	}
	return nil
}

// ServiceUpdate changes the fields that are not nil.
type ServiceUpdate struct {
	Title        *string  `json:"title,omitzero"`
	Description  *string  `json:"description,omitzero"`
	ShortDesc    *string  `json:"shortDesc,omitzero"`
	Price        *int     `json:"price,omitzero"` // US cents
	DeliveryDays *int     `json:"deliveryDays,omitzero"`
	Revisions    *int     `json:"revisions,omitzero"`
	Category     *string  `json:"category,omitzero"`
	Tags         []string `json:"tags,omitzero"`
	ThumbnailURL *string  `json:"thumbnailUrl,omitzero"`
	Images       []string `json:"images,omitzero"`
}

func (u ServiceUpdate) check() error {
	switch {
	case u.Title != nil && *u.Title == "":
		return &FieldError{Field: "title"}
	case u.Description != nil && *u.Description == "":
		return &FieldError{Field: "description"}
	}
	return checkTerms(or(u.Price, 0), or(u.DeliveryDays, 1), or(u.Revisions, 0))
}

// or is the value, or what stands for a missing one.
func or(value *int, missing int) int {
	if value == nil {
		return missing
	}
	return *value
}

// DeletedService says what became of a service. It is zero when the platform
// answers with nothing but success.
type DeletedService struct {
	Deactivated bool `json:"deactivated"` // open orders kept it from being deleted
}

// Services walks the marketplace.
//
// GET /api/marketplace/services
func (c *Client) Services(ctx context.Context, f ServiceFilter) iter.Seq2[Service, error] {
	return pages(ctx, func(cursor string) ([]Service, string, error) {
		r, err := get[servicePage](ctx, c, path("marketplace", "services"), f.add(page(ctx, cursor)))
		return r.Services, r.NextCursor, err
	})
}

// CreateService offers a service. Repeating it offers another.
//
// POST /api/marketplace/services
func (c *Client) CreateService(ctx context.Context, n NewService) (Service, error) {
	return post[Service](ctx, c, path("marketplace", "services"), n)
}

// Service returns one service with its reviews.
//
// GET /api/marketplace/services/{serviceId}
func (c *Client) Service(ctx context.Context, id string) (ServiceDetail, error) {
	return get[ServiceDetail](ctx, c, path("marketplace", "services", id), nil)
}

// UpdateService changes a service of the caller's own.
//
// PATCH /api/marketplace/services/{serviceId}
func (c *Client) UpdateService(ctx context.Context, id string, u ServiceUpdate) (Service, error) {
	return patch[Service](ctx, c, path("marketplace", "services", id), u)
}

// DeleteService deletes a service of the caller's own, or deactivates it when
// it has open orders.
//
// DELETE /api/marketplace/services/{serviceId}
func (c *Client) DeleteService(ctx context.Context, id string) (DeletedService, error) {
	return remove[DeletedService](ctx, c, path("marketplace", "services", id), nil)
}
