package simulate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/sandbox"
	"imagined/state"
)

// money are the kinds that move it.
var money = []actions.Kind{actions.Order, actions.Payout, actions.SetupPayments}

// Patience is how long what others said may wait in a day with quiet hours and
// limits: two days, after which it is too old to be answered, and a night.
const Patience = 64 * time.Hour

// Ledger is what is known of the lives in a town so far.
type Ledger struct {
	Complaints []string
	Effects    int            // at the sandbox, of the residents
	Duplicates int            // of these
	Lost       int            // entries that are done in the journal alone
	Parked     int            // entries whose end cannot be found out
	Limited    int            // requests that the platform refused for haste
	Said       map[string]int // what was said to the residents, by what became of it
	Letters    map[string]int // what was written to them alone, likewise
	Orders     map[string]int // paid orders, likewise
	Tokens     int            // of the day that took most
}

func (l *Ledger) complain(format string, args ...any) {
	l.Complaints = append(l.Complaints, fmt.Sprintf(format, args...))
}

func (l *Ledger) String() string {
	return fmt.Sprintf("%d effects, %d duplicates, %d lost, %d parked, %d requests too many; said to them: %s; written to them: %s; orders: %s; %d tokens on the dearest day",
		l.Effects, l.Duplicates, l.Lost, l.Parked, l.Limited, counts(l.Said), counts(l.Letters), counts(l.Orders), l.Tokens)
}

func counts(of map[string]int) string {
	parts := make([]string, 0, len(of))
	for _, what := range slices.SortedFunc(maps.Keys(of), func(a, b string) int { return cmp.Or(of[b]-of[a], cmp.Compare(a, b)) }) {
		parts = append(parts, fmt.Sprintf("%d %s", of[what], what))
	}
	return strings.Join(parts, ", ")
}

// Audit compares what the platform saw with what the personas' files allow and
// with what their journals say. What was said to them waits for less than
// patience.
func (t *Town) Audit(ctx context.Context, patience time.Duration) (*Ledger, error) {
	l := &Ledger{Said: make(map[string]int), Letters: make(map[string]int), Orders: make(map[string]int)}
	for _, r := range t.Residents {
		entries, err := r.Store.Entries(state.Filter{}, 0)
		if err != nil {
			return l, err
		}
		client, err := t.client(r.id, r.secret, t.Sleep, t.Server.Transport())
		if err != nil {
			return l, err
		}
		a := audit{Ledger: l, Resident: r, client: client, entries: entries, patience: patience}
		for _, e := range t.Server.Effects()[t.moved:] {
			if e.Agent == r.Persona.Handle {
				a.effects = append(a.effects, e)
			}
		}
		l.Limited += r.Limited
		a.once()
		a.matched()
		a.limits()
		a.quiet()
		a.apart()
		a.settled()
		for _, check := range []func(context.Context) error{a.tokens, a.heard, a.letters, a.sold} {
			if err := check(ctx); err != nil {
				return l, fmt.Errorf("@%s: %w", r.Persona.Handle, err)
			}
		}
	}
	return l, nil
}

// audit is that of one resident.
type audit struct {
	*Ledger
	*Resident
	client  *apiclient.Client
	entries []state.Entry // oldest first
	effects []sandbox.Effect

	patience time.Duration
}

func (a *audit) complain(format string, args ...any) {
	a.Ledger.complain("@"+a.Persona.Handle+": "+format, args...)
}

// unrepeatable are the operations that a target sees once, and what undoes them.
var unrepeatable = map[string]string{
	"likePost": "unlikePost", "amplifyPost": "removeAmplify", "followAgent": "unfollowAgent", "repostPost": "undoRepost", "likeByte": "unlikeByte",
}

// once counts what was done again.
func (a *audit) once() {
	a.Effects += len(a.effects)
	done, texts := make(map[string]int), make(map[string]int)
	for _, e := range a.effects {
		if _, ok := unrepeatable[e.Op]; ok {
			done[e.Op+" "+e.Target]++
		}
		for op, undo := range unrepeatable {
			if e.Op == undo {
				done[op+" "+e.Target]--
			}
		}
		switch e.Op {
		case "createPost", "createComment", "sendMessage", "startConversation", "sendOrderMessage":
			texts[e.Op+" "+e.Text]++
		}
	}
	for _, of := range []map[string]int{done, texts} {
		for _, what := range slices.Sorted(maps.Keys(of)) {
			if n := of[what]; n > 1 && !strings.HasSuffix(what, " ") {
				a.Duplicates += n - 1
				a.complain("%d times %s", n, what)
			}
		}
	}
}

// matched compares how often the platform saw each operation with how often the
// journal says that it was done.
func (a *audit) matched() {
	seen, done, parked := make(map[string]int), make(map[string]int), make(map[string]int)
	for _, e := range a.effects {
		seen[e.Op]++
	}
	for _, e := range a.entries {
		op := actions.Operation(actions.Kind(e.Kind))
		switch {
		case e.Status == state.Done:
			done[op]++
		case e.Status == state.Parked, e.Status.Open():
			parked[op]++
		}
	}
	for _, op := range slices.Sorted(maps.Keys(done)) {
		if op == "markConversationRead" || op == "markNotificationsRead" {
			continue // a state, which may have been there before
		}
		if more := seen[op] - done[op] - parked[op]; more > 0 {
			a.Duplicates += more
			a.complain("%d times %s more than the journal knows", more, op)
		}
		if less := done[op] - seen[op]; less > 0 {
			a.Lost += less
			a.complain("%d times %s in the journal alone", less, op)
		}
	}
}

// limits looks at every window of an hour and of a day, by kind.
func (a *audit) limits() {
	times := make(map[string][]time.Time)
	for _, e := range a.entries {
		if e.Status == state.Done || e.Status == state.Parked {
			times[e.Kind] = append(times[e.Kind], e.PlannedAt)
		}
	}
	for kind, at := range times {
		limit := a.Persona.Limits[kind]
		for _, w := range []struct {
			most   *int
			length time.Duration
		}{{limit.Hour, time.Hour}, {limit.Day, 24 * time.Hour}} {
			if n := busiest(at, w.length); w.most != nil && n > *w.most {
				a.complain("%d times %s within %s, of %d", n, kind, w.length, *w.most)
			}
		}
	}
}

// busiest is the most moments that lie in a window of that length.
func busiest(at []time.Time, length time.Duration) (most int) {
	from := 0
	for to := range at {
		for at[to].Sub(at[from]) >= length {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}

// quiet looks for what was written while the persona sleeps.
func (a *audit) quiet() {
	for _, e := range a.effects {
		if _, asleep := a.Persona.Quiet(e.At); asleep {
			a.complain("%s of %q at %s, in quiet hours", e.Op, e.Target, e.At.In(a.Persona.Location()).Format("Jan 02 15:04"))
		}
	}
}

// apart looks for anything between two residents.
func (a *audit) apart() {
	for _, e := range a.entries {
		if e.Kind != "plan" && e.Status == state.Done && slices.Contains(a.town.handles(), e.Author) {
			a.complain("entry %d: %s of @%s, who is of the household", e.ID, e.Kind, e.Author)
		}
	}
}

// settled looks for what nobody knows the end of, and for money.
func (a *audit) settled() {
	for _, e := range a.entries {
		switch {
		case e.Status == state.Parked:
			a.Parked++
			a.complain("entry %d, %s, is parked: %s", e.ID, e.Kind, e.Error)
		case e.Status.Open() && e.Status != state.Waiting && a.town.Now().Sub(e.PlannedAt) > time.Hour:
			a.complain("entry %d, %s, is %s since %s", e.ID, e.Kind, e.Status, e.PlannedAt.Format("Jan 02 15:04"))
		case e.Status == state.Done && slices.Contains(money, actions.Kind(e.Kind)):
			a.complain("entry %d, %s, moved money", e.ID, e.Kind)
		}
	}
}

// tokens looks at the budget of each day.
func (a *audit) tokens(context.Context) error {
	most := a.Persona.LLM.MaxTokensPerDay
	for at := a.town.config.Start; at.Before(a.town.Now()); at = at.Add(24 * time.Hour) {
		used, err := a.Store.UsageOf(at.In(a.Persona.Location()).Format(time.DateOnly))
		if err != nil {
			return err
		}
		a.Tokens = max(a.Tokens, used.Input+used.Output)
		if most != nil && used.Input+used.Output > *most {
			a.complain("%d tokens on %s, of %d", used.Input+used.Output, at.Format(time.DateOnly), *most)
		}
	}
	return nil
}

// heard looks that everything said to the persona came to something, and that
// it stands in the journal.
func (a *audit) heard(ctx context.Context) error {
	var ids []string
	unread := 0
	for n, err := range a.client.Notifications(ctx) {
		if err != nil {
			return err
		}
		age := a.town.Now().Sub(n.CreatedAt)
		if age > 7*24*time.Hour {
			break // was looked at before, and may be forgotten
		}
		if slices.Contains(a.town.handles(), string(n.Agent.Handle)) {
			a.complain("a %s of @%s, who is of the household", n.Type, n.Agent.Handle)
		}
		switch {
		case n.IsRead:
			ids = append(ids, n.ID)
		case age > a.patience && a.Persona.Schedule["respond"].Cron != "off":
			unread++
		}
	}
	if unread > 0 {
		a.complain("%d notifications wait for longer than %s", unread, a.patience)
	}
	known, err := a.Store.HeardBefore(ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !known[id] {
			a.complain("notification %s is read, and nothing is known of it", id)
		}
	}
	for _, e := range a.entries {
		if e.Job == "respond" && (e.Kind == string(actions.Comment) || e.Kind == string(actions.Reply)) {
			a.Said[outcome(e)]++
		}
	}
	return nil
}

// letters looks that everything written to the persona alone came to something,
// and that it stands in the journal.
func (a *audit) letters(ctx context.Context) error {
	dealt := make(map[string]bool) // conversations that the journal knows of
	for _, e := range a.entries {
		if e.Kind == string(actions.Message) && !e.Status.Open() {
			a.Letters[outcome(e)]++
			dealt[e.Target] = true
		}
	}
	if a.Persona.Schedule["messages"].Cron == "off" {
		return nil
	}
	for c, err := range a.client.Conversations(ctx) {
		if err != nil {
			return err
		}
		last := c.LastMessage
		if last == nil || last.Sender.ID == a.self.ID || a.town.Now().Sub(last.CreatedAt) <= a.patience {
			continue
		}
		// Why somebody who goes on writing is answered no more, is said once.
		if !dealt[c.ID] || c.UnreadCount > 0 {
			a.complain("%q in conversation %s came to nothing, %d unread", last.Content, c.ID, c.UnreadCount)
		}
	}
	return nil
}

// outcome puts an entry's end in a word.
func outcome(e state.Entry) string {
	switch {
	case e.Status == state.Done:
		return "answered"
	case strings.HasPrefix(e.Error, "handed to the operator"):
		return "handed over"
	case e.Status == state.Waiting:
		return "waiting for the operator"
	}
	return "not answered, with the reason"
}

// sold looks that every paid order was delivered or handed over in time.
func (a *audit) sold(ctx context.Context) error {
	delivered, handed := make(map[string]time.Time), make(map[string]time.Time)
	for _, e := range a.entries {
		switch {
		case e.Kind == string(actions.Deliver) && e.Status == state.Done:
			delivered[e.Target] = cmp.Or(delivered[e.Target], e.DoneAt)
		case strings.HasPrefix(e.Error, "handed to the operator"):
			handed[e.Target] = cmp.Or(handed[e.Target], e.PlannedAt)
		}
	}
	for o, err := range a.client.Orders(ctx, apiclient.OrderFilter{Role: "seller"}) {
		if err != nil {
			return err
		}
		due := o.CreatedAt.Add(time.Duration(o.Service.DeliveryDays) * 24 * time.Hour)
		at, there := delivered[o.ID]
		left, given := handed[o.ID]
		switch {
		case there && !at.After(due):
			a.Orders["delivered in time"]++
		case given && !left.After(due):
			a.Orders["handed over"]++
		case a.town.Now().Before(due):
			a.Orders["in work"]++
		default:
			a.complain("order %s of %s is late: %s, due %s", o.ID, o.Buyer.Handle, o.Status, due.Format("Jan 02 15:04"))
		}
	}
	return nil
}
