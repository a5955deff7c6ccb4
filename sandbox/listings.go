package sandbox

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// listing is a service on the marketplace.
type listing struct {
	ID    string `json:"id"`
	Seq   uint64 `json:"seq"`
	Agent string `json:"agent"`
	offer
	Featured bool      `json:"featured,omitempty"` // the platform's choice, so only the population's are
	Inactive bool      `json:"inactive,omitempty"`
	At       time.Time `json:"at"`
}

// offer is what the seller says about a service; the names are the contract's.
type offer struct {
	Title        string   `json:"title"`
	Description  string   `json:"description"`
	ShortDesc    string   `json:"shortDesc"`
	Price        int      `json:"price"` // US cents
	DeliveryDays int      `json:"deliveryDays"`
	Revisions    int      `json:"revisions"`
	Category     string   `json:"category"`
	Tags         []string `json:"tags"`
	ThumbnailURL string   `json:"thumbnailUrl,omitempty"` // a path is on this server, here and below
	Images       []string `json:"images,omitempty"`
}

type listingJSON struct {
	ID           string    `json:"id"`
	Title        string    `json:"title"`
	Description  string    `json:"description"`
	ShortDesc    string    `json:"shortDesc"`
	Price        int       `json:"price"`
	DeliveryDays int       `json:"deliveryDays"`
	Revisions    int       `json:"revisions"`
	Category     string    `json:"category"`
	Tags         []string  `json:"tags"`
	ThumbnailURL *string   `json:"thumbnailUrl"`
	Images       []string  `json:"images"`
	Featured     bool      `json:"featured"`
	IsActive     bool      `json:"isActive"`
	AvgRating    *float64  `json:"avgRating"`
	OrderCount   int       `json:"orderCount"`
	CreatedAt    string    `json:"createdAt"`
	Agent        agentJSON `json:"agent"`
}

type listingDetailJSON struct {
	listingJSON
	AgentStats sellerJSON   `json:"agentStats"`
	Reviews    []reviewJSON `json:"reviews"`
}

// sellerJSON is about the seller. The contract leaves its content open.
type sellerJSON struct {
	Services        int      `json:"services"`
	CompletedOrders int      `json:"completedOrders"`
	ReviewCount     int      `json:"reviewCount"`
	AvgRating       *float64 `json:"avgRating"`
	Followers       int      `json:"followers"`
}

func (s *Server) listingJSON(c *call, l *listing) listingJSON {
	rating, orders := s.world.record(func(o *order) bool { return o.Listing == l.ID })
	out := listingJSON{
		ID: l.ID, Title: l.Title, Description: l.Description, ShortDesc: l.ShortDesc, Price: l.Price, DeliveryDays: l.DeliveryDays,
		Revisions: l.Revisions, Category: l.Category, Tags: orEmpty(l.Tags), Images: []string{}, Featured: l.Featured,
		IsActive: !l.Inactive, AvgRating: rating.average(), OrderCount: orders, CreatedAt: stamp(l.At), Agent: s.agentJSON(c, l.Agent),
	}
	if l.ThumbnailURL != "" {
		out.ThumbnailURL = new(absolute(c, l.ThumbnailURL))
	}
	for _, address := range l.Images {
		out.Images = append(out.Images, absolute(c, address))
	}
	return out
}

func (w *world) listing(id string) *listing {
	return find(w.Listings, func(l *listing) bool { return l.ID == id })
}

func (s *Server) createService(c *call) (any, error) {
	l := &listing{ID: s.world.clientID("svc"), Seq: s.world.seq(), Agent: c.agent.ID, At: c.now}
	if err := c.decode(&l.offer); err != nil {
		return nil, err
	}
	s.world.Listings = append(s.world.Listings, l)
	s.effect(c, "", l.Title, l.ID)
	s.world.stirListing(l)
	return s.listingJSON(c, l), nil
}

func (s *Server) getService(c *call) (any, error) {
	l := s.world.listing(c.path["serviceId"])
	if l == nil {
		return nil, notFound("Service")
	}
	rating, _ := s.world.record(func(o *order) bool { return o.Seller == l.Agent })
	out := listingDetailJSON{
		listingJSON: s.listingJSON(c, l), Reviews: []reviewJSON{},
		AgentStats: sellerJSON{ReviewCount: rating.count, AvgRating: rating.average(), Followers: s.world.followers(s.world.agents[l.Agent])},
	}
	for _, other := range s.world.Listings {
		if other.Agent == l.Agent && !other.Inactive {
			out.AgentStats.Services++
		}
	}
	for _, o := range s.world.Orders {
		if o.Seller == l.Agent && o.Status == orderCompleted {
			out.AgentStats.CompletedOrders++
		}
	}
	for _, v := range slices.Backward(s.world.Reviews) {
		if v.Listing == l.ID && len(out.Reviews) < 20 {
			out.Reviews = append(out.Reviews, s.reviewJSON(c, v))
		}
	}
	return out, nil
}

// ownService returns the service that the path names, if it is the caller's.
func (s *Server) ownService(c *call) (*listing, error) {
	l := s.world.listing(c.path["serviceId"])
	if l == nil {
		return nil, notFound("Service")
	}
	if l.Agent != c.agent.ID {
		return nil, forbidden("Only the seller can change a service")
	}
	return l, nil
}

func (s *Server) updateService(c *call) (any, error) {
	l, err := s.ownService(c)
	if err != nil {
		return nil, err
	}
	changed := l.offer // what the body leaves out stays
	changed.Tags, changed.Images = slices.Clone(l.Tags), slices.Clone(l.Images)
	if err := c.decode(&changed); err != nil {
		return nil, err
	}
	l.offer = changed
	s.effect(c, l.ID, l.Title, "")
	return s.listingJSON(c, l), nil
}

type deletedServiceJSON struct {
	Success     bool `json:"success"`
	Deactivated bool `json:"deactivated"`
}

func (s *Server) deleteService(c *call) (any, error) {
	l, err := s.ownService(c)
	if err != nil {
		return nil, err
	}
	s.effect(c, l.ID, "", "")
	if slices.ContainsFunc(s.world.Orders, func(o *order) bool { return o.Listing == l.ID && o.open() }) {
		l.Inactive = true
		return deletedServiceJSON{true, true}, nil
	}
	s.world.Listings = slices.DeleteFunc(s.world.Listings, func(other *listing) bool { return other == l })
	return deletedServiceJSON{true, false}, nil
}

func (s *Server) listServices(c *call) (any, error) {
	limit, err := c.limit()
	if err != nil {
		return nil, err
	}
	start, err := c.mark()
	if err != nil {
		return nil, err
	}
	keep, err := c.serviceFilter()
	if err != nil {
		return nil, err
	}
	out := struct {
		Services []listingJSON `json:"services"`
		pageJSON
	}{Services: []listingJSON{}}
	key, ascending := s.world.serviceKey(c.query.Get("sortBy")), c.query.Get("sortOrder") == "asc"
	var last mark
	for _, l := range sortedListings(s.world.Listings, key, ascending) {
		at := mark{key(l), l.Seq}
		if !keep(l) || start.seq > 0 && !at.after(start, ascending) {
			continue
		}
		if len(out.Services) == limit {
			out.HasMore, out.NextCursor = true, new(last.cursor())
			break
		}
		out.Services, last = append(out.Services, s.listingJSON(c, l)), at
	}
	return out, nil
}

// serviceFilter reads the filters; the schema has checked their form.
func (c *call) serviceFilter() (func(*listing) bool, error) {
	category, search, featured := c.query.Get("category"), strings.ToLower(c.query.Get("search")), c.query.Get("featured")
	least, most := 0, int(^uint(0)>>1)
	for name, to := range map[string]*int{"minPrice": &least, "maxPrice": &most} {
		if text := c.query.Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil {
				return nil, badRequest(name, "must be a number of cents")
			}
			*to = n
		}
	}
	return func(l *listing) bool {
		text := strings.ToLower(l.Title + "\n" + l.ShortDesc + "\n" + l.Description + "\n" + strings.Join(l.Tags, "\n"))
		return !l.Inactive && (category == "" || strings.EqualFold(category, l.Category)) && strings.Contains(text, search) &&
			(featured == "" || l.Featured == (featured == "true")) && l.Price >= least && l.Price <= most
	}, nil
}

// serviceKey returns what services are sorted by, as a number. A service that
// nobody has rated comes below all others.
func (w *world) serviceKey(by string) func(*listing) int64 {
	return func(l *listing) int64 {
		rating, orders := w.record(func(o *order) bool { return o.Listing == l.ID })
		switch by {
		case "price":
			return int64(l.Price)
		case "avgRating":
			return rating.thousandths()
		case "orderCount":
			return int64(orders)
		}
		return l.At.UnixNano()
	}
}

// mark is a place in a sorted list: the key, and the order of coming between
// equals.
type mark struct {
	key int64
	seq uint64
}

func (a mark) after(b mark, ascending bool) bool {
	if ascending {
		return a.key > b.key || a.key == b.key && a.seq > b.seq
	}
	return a.key < b.key || a.key == b.key && a.seq < b.seq
}

func (a mark) cursor() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "mark:%d:%d", a.key, a.seq))
}

// mark reads the parameter `cursor` of a sorted list; its seq is 0 on the
// first page.
func (c *call) mark() (mark, error) {
	text := c.query.Get("cursor")
	if text == "" {
		return mark{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	var r mark
	if err == nil {
		_, err = fmt.Sscanf(string(raw), "mark:%d:%d", &r.key, &r.seq)
	}
	if err != nil || r.seq == 0 {
		return mark{}, badRequest("cursor", "must be the nextCursor of a page before")
	}
	return r, nil
}

func sortedListings(listings []*listing, key func(*listing) int64, ascending bool) []*listing {
	keys := map[*listing]int64{}
	for _, l := range listings {
		keys[l] = key(l)
	}
	return slices.SortedFunc(slices.Values(listings), func(a, b *listing) int {
		if !ascending {
			a, b = b, a
		}
		return cmp.Or(cmp.Compare(keys[a], keys[b]), cmp.Compare(a.Seq, b.Seq))
	})
}
