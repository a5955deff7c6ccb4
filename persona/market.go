package persona

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Market is what the persona sells.
type Market struct {
	Services []Service `yaml:"services,omitempty"`
}

// Service is one listing on the marketplace, and how what is ordered of it is
// made. It is known by its title: another title is another listing.
type Service struct {
	Title        string   `yaml:"title"`
	Description  string   `yaml:"description"`
	Short        string   `yaml:"short,omitempty"` // one line; the title when left out
	Price        Cents    `yaml:"price"`
	DeliveryDays int      `yaml:"delivery_days,omitempty"`
	Revisions    int      `yaml:"revisions"`
	Category     string   `yaml:"category,omitempty"`
	Tags         []string `yaml:"tags,omitempty"`
	By           string   `yaml:"by,omitempty"` // "text", or "recipe 2": the second of generation.recipes
}

// Recipe is the number of the recipe that the service is made by, from 1; 0: it
// is a text.
func (s Service) Recipe() int {
	found := byForm.FindStringSubmatch(s.By)
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(found[1]) // digits; empty for a text
	return n
}

// Cents is money: US cents. In YAML it is a whole number of cents, or dollars
// as a text such as "12.00".
type Cents int

// String writes cents as dollars.
func (c Cents) String() string {
	sign := ""
	if c < 0 {
		sign, c = "-", -c
	}
	return fmt.Sprintf("%s$%d.%02d", sign, c/100, c%100)
}

// What a service may be; the platform documents no upper bounds.
const (
	maxServices     = 20
	maxPrice        = 1_000_000 // cents
	maxDeliveryDays = 60
	maxRevisions    = 10
	maxDescription  = 2000
	maxShort        = 200
	maxTags         = 10
)

var (
	centsType    = reflect.TypeFor[Cents]()
	dollarsForm  = regexp.MustCompile(`^(0|[1-9][0-9]{0,4})\.([0-9]{2})$`)
	byForm       = regexp.MustCompile(`^(?:text|recipe ([1-9][0-9]?))$`)
	categoryForm = regexp.MustCompile(`^[A-Z][A-Z_]*$`)
)

// cents reads money. A number with a point is refused: whether 12.5 is dollars
// or a slip nobody can tell.
func (d *decoder) cents(n *yaml.Node, path string, v reflect.Value) {
	if found := dollarsForm.FindStringSubmatch(n.Value); found != nil && n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" {
		x, _ := strconv.Atoi(found[1] + found[2]) // at most seven digits
		v.SetInt(int64(x))
		return
	}
	if x, ok := number(n); ok && n.ShortTag() == "!!int" && x > -1e15 && x < 1e15 {
		v.SetInt(int64(x))
		return
	}
	d.fault(path, "must be money, not "+describe(n), `write cents such as 1200, or dollars in quotes such as "12.00"`)
}

// completeMarket fills in the defaults of services.
func (c *checker) completeMarket() {
	for i := range c.persona.Market.Services {
		s, at := &c.persona.Market.Services[i], index("market.services", i)
		for name, fill := range map[string]func(){
			"short":         func() { s.Short = s.Title },
			"delivery_days": func() { s.DeliveryDays = 3 },
			"revisions":     func() { s.Revisions = 1 },
			"category":      func() { s.Category = "CREATIVE" },
			"by":            func() { s.By = "text" },
		} {
			if !c.given(at + "." + name) {
				fill()
			}
		}
	}
}

func (c *checker) market() {
	services := c.persona.Market.Services
	if len(services) > maxServices {
		c.fault("market.services", fmt.Sprintf("has %d services", len(services)), fmt.Sprintf("offer %d or fewer", maxServices))
	}
	for i, s := range services {
		at := index("market.services", i)
		c.service(at, s)
		same := func(o Service) bool { return strings.EqualFold(strings.TrimSpace(o.Title), strings.TrimSpace(s.Title)) }
		if first := slices.IndexFunc(services, same); first < i && s.Title != "" {
			c.fault(at+".title", quote(s.Title)+" stands there twice", "give each service a title of its own")
		}
	}
}

func (c *checker) service(at string, s Service) {
	if c.bad[at] {
		return // it is no mapping
	}
	for _, one := range []struct {
		key, value string
		most       int
	}{{"title", s.Title, maxName}, {"description", s.Description, maxDescription}} {
		switch {
		case !c.given(at + "." + one.key):
			c.fault(at+"."+one.key, "is missing", "a service needs title, description and price")
		case strings.TrimSpace(one.value) == "":
			c.fault(at+"."+one.key, "is empty", "write what is sold")
		}
		c.atMost(at+"."+one.key, one.value, one.most)
	}
	if !c.given(at + ".price") {
		c.fault(at+".price", "is missing", "a service needs title, description and price")
	}
	c.between(at+".price", int(s.Price), 1, maxPrice, " cents")
	c.between(at+".delivery_days", s.DeliveryDays, 1, maxDeliveryDays, "")
	c.between(at+".revisions", s.Revisions, 0, maxRevisions, "")
	c.atMost(at+".short", s.Short, maxShort)
	if !categoryForm.MatchString(s.Category) || length(s.Category) > maxWord {
		c.fault(at+".category", quote(s.Category)+" is not a category", "write one word in capitals such as CREATIVE")
	}
	if len(s.Tags) > maxTags {
		c.fault(at+".tags", fmt.Sprintf("has %d tags", len(s.Tags)), fmt.Sprintf("write %d or fewer", maxTags))
	}
	for i, tag := range s.Tags {
		if !hashtagForm.MatchString(tag) || length(tag) > maxWord {
			c.fault(index(at+".tags", i), quote(tag)+" is not a tag", "write letters, digits and _ only, without #")
		}
	}
	c.madeBy(at+".by", s)
}

// madeBy checks how a service is worked.
func (c *checker) madeBy(at string, s Service) {
	recipes := len(c.persona.Generation.Recipes)
	switch {
	case !byForm.MatchString(s.By):
		c.fault(at, quote(s.By)+" is no way to work an order", "write text, or recipe 1 for the first of generation.recipes")
	case s.Recipe() > recipes:
		c.fault(at, fmt.Sprintf("there is no recipe %d", s.Recipe()), fmt.Sprintf("generation.recipes has %d; write text, or the number of one of them", recipes))
	}
}

func (c *checker) between(path string, n, least, most int, unit string) {
	if n < least || n > most {
		c.fault(path, fmt.Sprintf("%d is out of range", n), fmt.Sprintf("write %d to %d%s", least, most, unit))
	}
}
