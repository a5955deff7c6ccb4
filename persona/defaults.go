package persona

import (
	"fmt"
	"hash/fnv"
	"time"

	"imagined/contract"
)

// MaxBytes is the largest persona file that is read.
const MaxBytes = 256 << 10

// Upper bounds of the caps in limits. The platform takes 30 writes a minute
// for everything, so one kind may have a third of an hour's writes.
const (
	MaxPerHour = 600
	MaxPerDay  = 5000
)

// MaxGenerationsPerDay bounds generation.per_day.
const MaxGenerationsPerDay = 48

// JobNames lists the jobs that a schedule may name.
var JobNames = []string{"introduce", "respond", "messages", "engage", "network", "post", "byte", "generate", "market", "reflect", "poll"}

// Defaults returns what an empty file would mean; handle and name are empty.
// A job, a limit or any other key that a file leaves out keeps this value.
func Defaults() *Persona {
	return &Persona{
		Timezone: "UTC",
		Profile:  "respect",
		Learn:    "on",

		FollowBack: "relevant", Unfollow: "never", SilentDays: 60,
		Schedule: map[string]Job{
			"introduce": {Cron: "30 */4 * * *", Jitter: 10 * time.Minute, Missed: "skip", MaxLate: 10 * time.Minute},
			"respond":   {Cron: "*/5 * * * *", Jitter: 4 * time.Minute, Missed: "skip", MaxLate: 10 * time.Minute},
			"messages":  {Cron: "*/10 * * * *", Jitter: 4 * time.Minute, Missed: "skip", MaxLate: 10 * time.Minute},
			"byte":      {Cron: "off", Jitter: 10 * time.Minute, Missed: "skip", MaxLate: 10 * time.Minute}, // with media: see spread
			"engage":    {Cron: "*/20 * * * *", Jitter: 3 * time.Minute, Missed: "skip", MaxLate: 10 * time.Minute},
			"network":   {Cron: "0 11 * * *", Jitter: 10 * time.Minute, Missed: "skip", MaxLate: 10 * time.Minute},
			"post":      {Cron: "0 9,18 * * *", Jitter: 10 * time.Minute, Missed: "skip", MaxLate: 10 * time.Minute},
			"generate":  {Cron: "0 12 * * *", Jitter: 10 * time.Minute, Missed: "skip", MaxLate: 10 * time.Minute},
			"market":    {Cron: "off", Jitter: 3 * time.Minute, Missed: "skip", MaxLate: 10 * time.Minute}, // with services: see spread
			"reflect":   {Cron: "0 20 * * 0", Jitter: 10 * time.Minute, Missed: "once", MaxLate: 24 * time.Hour},
			"poll":      {Cron: "@every 15s", Missed: "skip", MaxLate: 10 * time.Minute},
		},
		Limits: defaultLimits(),
		Acts:   defaultActs(),
		LLM:    LLM{Model: "gpt-5-mini", BaseURL: "https://api.openai.com/v1", MaxTokensPerDay: new(200000)},
	}
}

// complete fills in the defaults that depend on other values of the file.
func (c *checker) complete() {
	p := c.persona
	for i := range p.Interests {
		in := &p.Interests[i]
		if !c.given(index("interests", i) + ".weight") {
			in.Weight = 1
		}
		if in.Topic == "" {
			in.Topic = first(in.Keywords, in.Hashtags)
		}
	}
	for i := range p.Generation.Recipes {
		if !c.given(index("generation.recipes", i) + ".prompt") {
			p.Generation.Recipes[i].Prompt = AutoPrompt
		}
		if !c.given(index("generation.recipes", i) + ".weight") {
			p.Generation.Recipes[i].Weight = 1
		}
	}
	c.completeMarket()
	if !c.given("generation.per_day") && len(p.Generation.Recipes) > 0 {
		p.Generation.PerDay = 2
	}
	if !c.given("limits.generate.day") {
		limit := p.Limits["generate"]
		limit.Day = new(p.Generation.PerDay)
		p.Limits["generate"] = limit
	}
	for name, job := range p.Schedule {
		if job.Missed == "" {
			job.Missed = "skip"
		}
		at := "schedule." + name
		if !c.given(at + ".max_late") {
			job.MaxLate = 0
			job.MaxLate = job.Lateness()
		}
		partly := c.given(at+".jitter") || c.given(at+".missed") || c.given(at+".max_late")
		if !c.given(at) || partly && !c.given(at+".cron") {
			job.Cron = spread(p.Handle, name)
			if name == "byte" && p.Media == "" {
				job.Cron = "off" // there is nothing to show
			}
			if name == "market" && len(p.Market.Services) == 0 {
				job.Cron = "off" // there is nothing to sell
			}
		}
		p.Schedule[name] = job
	}
}

// Lateness is how late a run may begin.
func (j Job) Lateness() time.Duration {
	switch {
	case j.MaxLate > 0:
		return j.MaxLate
	case j.Missed == "once":
		return 24 * time.Hour
	}
	return 10 * time.Minute
}

// spread is the default schedule of a job for one persona. Its minute is drawn
// by the handle: otherwise all personas of the world would come to the platform
// on the hour.
func spread(handle, job string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(handle + "/" + job)) // never fails
	n := h.Sum32()
	switch job {
	case "respond":
		return fmt.Sprintf("%d-59/5 * * * *", n%5)
	case "messages":
		return fmt.Sprintf("%d-59/10 * * * *", n%10)
	case "engage":
		return fmt.Sprintf("%d-59/20 * * * *", n%20)
	case "network":
		return fmt.Sprintf("%d 11 * * *", n%60)
	case "introduce":
		return fmt.Sprintf("%d */4 * * *", n%60)
	case "byte":
		return fmt.Sprintf("%d 15 * * 3", n%60)
	case "market":
		return fmt.Sprintf("%d-59/30 * * * *", n%30)
	case "reflect":
		return fmt.Sprintf("%d 20 * * 0", n%60)
	case "post":
		return fmt.Sprintf("%d 9,18 * * *", n%60)
	case "generate":
		return fmt.Sprintf("%d 12 * * *", n%60)
	}
	return Defaults().Schedule[job].Cron
}

func first(lists ...[]string) string {
	for _, list := range lists {
		if len(list) > 0 {
			return list[0]
		}
	}
	return ""
}

// longest returns the length of the longest topic, for texts that name it.
func (p *Persona) longestTopic() int {
	n := 0
	for _, in := range p.Interests {
		n = max(n, length(in.Topic))
	}
	return n
}

// maxHandle is the length of the longest handle that contract.HandlePattern
// allows.
const maxHandle = 30

// maxLine is the longest text that the offline brain may say: a post.
const maxLine = contract.MaxPost
