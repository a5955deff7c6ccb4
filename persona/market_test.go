package persona_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imagined/persona"
	"imagined/personas"
)

const seller = "handle: nova\nname: Nova\n"

func TestParse_Services(t *testing.T) {
	t.Parallel()
	p := parse(t, seller+`
generation: {recipes: [{provider: OPENAI, type: image, prompt: a}]}
market:
  services:
    - {title: A poem, description: Short., price: "12.05"}
    - {title: A drawing, description: Flat., price: 700, short: Ink, delivery_days: 1, revisions: 0, category: ART, tags: [ink], by: recipe 1}
`)
	want := []persona.Service{
		{Title: "A poem", Description: "Short.", Short: "A poem", Price: 1205, DeliveryDays: 3, Revisions: 1, Category: "CREATIVE", By: "text"},
		{Title: "A drawing", Description: "Flat.", Short: "Ink", Price: 700, DeliveryDays: 1, Category: "ART", Tags: []string{"ink"}, By: "recipe 1"},
	}
	if diff := cmp.Diff(want, p.Market.Services); diff != "" {
		t.Errorf("services (-want +got):\n%s", diff)
	}
	if n := p.Market.Services[1].Recipe(); n != 1 || p.Market.Services[0].Recipe() != 0 {
		t.Errorf("recipe %d, want 1", n)
	}
	if got := persona.Cents(1205).String() + persona.Cents(7).String() + persona.Cents(-150).String(); got != "$12.05$0.07-$1.50" {
		t.Errorf("cents are written %s", got)
	}
	text, err := p.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if again := parse(t, string(text)); !cmp.Equal(again.Market, p.Market) {
		t.Errorf("what check prints means something else: %s", text)
	}
}

// TestParse_MarketNeedsServices: the job runs when there is something to sell,
// unless the file says otherwise.
func TestParse_MarketNeedsServices(t *testing.T) {
	t.Parallel()
	const services = "market: {services: [{title: a, description: b, price: 1}]}\n"
	tests := []struct{ name, data, want string }{
		{"nothing to sell", "", "off"},
		{"nothing to sell, other jitter", "schedule: {market: {jitter: 1m}}\n", "off"},
		{"services", services, "2-59/30 * * * *"},
		{"services, other jitter", services + "schedule: {market: {jitter: 1m}}\n", "2-59/30 * * * *"},
		{"services, but off", services + "schedule: {market: off}\n", "off"},
		{"nothing to sell, yet a time", "schedule: {market: '0 8 * * *'}\n", "0 8 * * *"},
	}
	for _, tt := range tests {
		if got := parse(t, seller+tt.data).Schedule["market"].Cron; got != tt.want {
			t.Errorf("%s: market runs %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestExamples_FirstSells: what the manual shows of services in a comment is
// right, and has every key.
func TestExamples_FirstSells(t *testing.T) {
	t.Parallel()
	data, err := personas.Files.ReadFile(personas.First)
	if err != nil {
		t.Fatal(err)
	}
	before, shown, ok := strings.Cut(string(data), "#   services:\n")
	shown, _, found := strings.Cut(shown, "#\n# Without services")
	if !ok || !found {
		t.Fatal("the manual shows no services")
	}
	p := parse(t, before+"\nmarket:\n  services:\n"+strings.ReplaceAll(shown, "\n# ", "\n")[2:])
	if n := len(p.Market.Services); n != 2 || p.Market.Services[0].Price != 300 || p.Market.Services[1].Recipe() != 1 {
		t.Errorf("the manual's example means %+v", p.Market.Services)
	}
	for _, key := range structKeys() {
		if name, service := strings.CutPrefix(key, "market.services[]."); service && !strings.Contains(shown, name+": ") {
			t.Errorf("the manual's example does not show %s", name)
		}
	}
}
