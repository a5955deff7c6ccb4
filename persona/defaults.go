package persona

import (
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
var JobNames = []string{"engage", "post", "generate", "poll"}

// Defaults returns what an empty file would mean; handle and name are empty.
// A job, a limit or any other key that a file leaves out keeps this value.
func Defaults() *Persona {
	return &Persona{
		Timezone: "UTC",
		Schedule: map[string]Job{
			"engage":   {Cron: "*/20 * * * *", Jitter: 3 * time.Minute, Missed: "skip"},
			"post":     {Cron: "0 9,18 * * *", Jitter: 10 * time.Minute, Missed: "skip"},
			"generate": {Cron: "0 12 * * *", Jitter: 10 * time.Minute, Missed: "skip"},
			"poll":     {Cron: "@every 15s", Missed: "skip"},
		},
		Limits: defaultLimits(),
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
		if !c.given(index("generation.recipes", i) + ".weight") {
			p.Generation.Recipes[i].Weight = 1
		}
	}
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
			p.Schedule[name] = job
		}
	}
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
