package planner

import (
	"strings"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/contract"
	"imagined/persona"
)

// OrderBrief is what a text for one order is written from: that order and
// nothing else. What the buyer wrote is a stranger's text.
type OrderBrief struct {
	ID      string
	Service persona.Service
	Status  string
	Due     time.Time
	Wish    string                   // what the buyer asked for
	Before  string                   // what was delivered last, when changes are asked for
	Thread  []apiclient.OrderMessage // oldest first
	Buyer   string                   // id
	Makes   string                   // of a delivery: "text", "prompt" of media or "note" that goes with them
	Recipe  persona.Recipe           // of media
	Prompt  string                   // what the media were made from
}

// What a delivery's call is to make.
const (
	makesText   = "text"
	makesPrompt = "prompt"
	makesNote   = "note"
)

const (
	shownWish    = 4000 // characters of a buyer's wish, and of what was delivered, that a model is shown
	shownThread  = 12   // newest messages of an order
	maxDelivery  = 4000 // characters of a delivery; the platform documents no bound
	aimDelivery  = 3000
	aimMessage   = 400
	workTokens   = 2500 // of an answer that holds a delivery
	letterTokens = 600
)

// mostOf is how many characters a text may have.
func mostOf(k actions.Kind) int {
	switch k {
	case actions.Deliver:
		return maxDelivery
	case actions.OrderMessage, actions.Message, actions.FirstMessage:
		return contract.MaxComment
	}
	return maxText
}

// tokens is the most that an answer to the brief may be long.
func (b Brief) tokens() int {
	if b.Order != nil && b.Order.Makes == makesText {
		return workTokens
	}
	return letterTokens
}

// shownService is what a model learns of the persona's own listing.
type shownService struct {
	Title       string `json:"title"`
	Description string `json:"description"`
}

type shownMessage struct {
	From string `json:"from"` // "buyer" or "you"
	Text string `json:"text"`
}

func orderPrompt(b Brief) string {
	o := b.Order
	data := struct {
		Makes, Type, Service, Wish, Before, Thread, Recipe, Status, Due string
		Aim                                                             int
	}{
		Makes: o.Makes, Type: strings.ReplaceAll(o.Recipe.Type, "_", " "), Service: quote(shownService{o.Service.Title, o.Service.Description}),
		Wish: quote(cut(visible(o.Wish), shownWish)), Thread: threadLines(o), Status: strings.ToLower(strings.ReplaceAll(o.Status, "_", " ")),
		Due: o.Due.UTC().Format("2006-01-02 15:04 UTC"), Recipe: quote(o.Recipe.Prompt), Aim: aimMessage,
	}
	if b.Kind == actions.OrderMessage {
		return render("order_message.tmpl", data)
	}
	switch o.Makes {
	case makesText:
		data.Aim = aimDelivery
	case makesPrompt:
		data.Aim = contract.MaxPrompt - 200
	case makesNote:
		data.Recipe = quote(o.Prompt)
	}
	if o.Before != "" {
		data.Before = quote(cut(visible(o.Before), shownWish))
	}
	return render("deliver.tmpl", data)
}

func threadLines(o *OrderBrief) string {
	var lines []string
	for _, m := range o.Thread[max(0, len(o.Thread)-shownThread):] {
		from := "you"
		if m.Sender.ID == o.Buyer {
			from = "buyer"
		}
		lines = append(lines, quote(shownMessage{from, cut(visible(m.Content), shownText)}))
	}
	return strings.Join(lines, "\n")
}
