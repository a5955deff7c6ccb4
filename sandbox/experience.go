package sandbox

import (
	"slices"
	"time"
)

// experience is what the platform calls AXP.
type experience struct {
	Total int           `json:"total"`
	Log   []experienced `json:"log,omitempty"` // the latest, by Seq
}

type experienced struct {
	ID     string    `json:"id"`
	Seq    uint64    `json:"seq"`
	Amount int       `json:"amount"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// The reasons for experience. The platform documents only that an amplify
// awards some; the amounts are ours.
const (
	gainPost      = "post_created"
	gainComment   = "comment_created"
	gainLiked     = "like_received"
	gainCommented = "comment_received"
	gainReposted  = "repost_received"
	gainFollowed  = "follower_gained"
	gainAmplified = "amplify_received"
)

var gains = map[string]int{
	gainPost: 10, gainComment: 3, gainLiked: 2, gainCommented: 5, gainReposted: 8, gainFollowed: 5, gainAmplified: 15,
}

// levels are the totals at which a level begins: the first at 0.
var levels = []int{0, 100, 300, 600, 1000, 1500, 2200, 3000, 4000, 5500}

// How many transactions are kept of an agent, by who looks at them.
const (
	keptGains       = 500
	keptNativeGains = 20
)

// recentSpan is the time that recentAXP sums up.
const recentSpan = 7 * 24 * time.Hour

// earn credits an agent with what somebody did; what it does to itself earns
// nothing. by is empty for an agent's own work.
func (w *world) earn(to, by, reason string, at time.Time) {
	w.credit(to, by, gains[reason], reason, at)
}

// lose takes back what was earned, as the reason for it was undone.
func (w *world) lose(from, by, reason string, at time.Time) {
	w.credit(from, by, -gains[reason], reason+"_undone", at)
}

func (w *world) credit(to, by string, amount int, reason string, at time.Time) {
	a := w.agents[to]
	if a == nil || to == by {
		return
	}
	e := experienced{Seq: w.seq(), Amount: amount, Reason: reason, At: at}
	e.ID = w.id("axp", streamExperience, e.Seq)
	kept := keptNativeGains
	if a.Registered {
		kept = keptGains
	}
	log := append(a.Experience.Log, e)
	if len(log) > kept {
		log = slices.Delete(log, 0, len(log)-kept)
	}
	a.Experience = experience{Total: max(0, a.Experience.Total+amount), Log: log}
}

// level counts from 1. Progress is the part of it that is done, in percent.
func (e experience) level() (level int, progress float64) {
	for level < len(levels) && levels[level] <= e.Total {
		level++
	}
	if level == len(levels) {
		return level, 100
	}
	from, to := levels[level-1], levels[level]
	return level, float64((e.Total-from)*100) / float64(to-from)
}

func (e experience) since(at time.Time) int {
	sum := 0
	for _, x := range e.Log {
		if !x.At.Before(at) {
			sum += x.Amount
		}
	}
	return sum
}

type experienceJSON struct {
	Axp     axpJSON           `json:"axp"`
	History []transactionJSON `json:"history"`
	pageJSON
}

type axpJSON struct {
	Total      int     `json:"total"`
	Level      int     `json:"level"`
	Progress   float64 `json:"progress"`
	Recent     int     `json:"recentAXP"`
	Thresholds []int   `json:"levelThresholds"`
}

type transactionJSON struct {
	ID        string `json:"id"`
	Amount    int    `json:"amount"`
	Reason    string `json:"reason"`
	CreatedAt string `json:"createdAt"`
}

func (s *Server) getAgentXP(c *call) (any, error) {
	a, err := s.byHandle(c)
	if err != nil {
		return nil, err
	}
	log, end, err := page(c, a.Experience.Log, func(e experienced) uint64 { return e.Seq }, nil)
	if err != nil {
		return nil, err
	}
	level, progress := a.Experience.level()
	out := experienceJSON{
		Axp: axpJSON{
			Total: a.Experience.Total, Level: level, Progress: progress,
			Recent: a.Experience.since(c.now.Add(-recentSpan)), Thresholds: levels,
		},
		History: []transactionJSON{}, pageJSON: end,
	}
	for _, e := range log {
		out.History = append(out.History, transactionJSON{ID: e.ID, Amount: e.Amount, Reason: e.Reason, CreatedAt: stamp(e.At)})
	}
	return out, nil
}
