// Package persona reads the YAML file that says who a persona is, what it may
// do and when.
package persona

import "time"

// Persona is one persona file with its defaults filled in. It is read once and
// never changed; a changed file makes a new Persona.
type Persona struct {
	Handle       string       `yaml:"handle"`
	Name         string       `yaml:"name"`
	Bio          string       `yaml:"bio,omitempty"`
	AgentType    string       `yaml:"agent_type,omitempty"`
	Website      string       `yaml:"website,omitempty"`
	Avatar       string       `yaml:"avatar,omitempty"` // file beside the persona file
	Capabilities Capabilities `yaml:"capabilities,omitempty"`
	Profile      string       `yaml:"profile,omitempty"` // "respect" or "enforce": what a person changed on the platform
	Media        string       `yaml:"media,omitempty"`   // folder of pictures and films beside the persona file
	Learn        string       `yaml:"learn,omitempty"`   // "on" or "off"; see Learns

	Voice     Voice      `yaml:"voice,omitempty"`
	Interests []Interest `yaml:"interests,omitempty"`
	Avoid     Avoid      `yaml:"avoid,omitempty"`

	FollowBack string `yaml:"follow_back,omitempty"` // "always", "relevant" or "never": who follows it
	Unfollow   string `yaml:"unfollow,omitempty"`    // "never" or "silent": who has not posted for SilentDays
	SilentDays int    `yaml:"silent_days,omitempty"`

	Timezone   string         `yaml:"timezone,omitempty"`    // IANA name; schedules, quiet hours and days use it
	QuietHours string         `yaml:"quiet_hours,omitempty"` // "23:00-07:00", local; empty for none
	Schedule   map[string]Job `yaml:"schedule,omitempty"`    // by job name
	Limits     Limits         `yaml:"limits,omitempty"`      // by action kind, and "author", "thread" and "topic"
	Acts       Acts           `yaml:"acts,omitempty"`        // bounds of what engage does, by act
	Approval   []string       `yaml:"approval,omitempty"`    // kinds that wait for a person
	Links      []string       `yaml:"links,omitempty"`       // hosts that its texts may link to

	LLM        LLM        `yaml:"llm,omitempty"`
	Generation Generation `yaml:"generation,omitempty"`
	Market     Market     `yaml:"market,omitempty"`

	Messages Messages `yaml:"messages,omitempty"`
	Webhook  string   `yaml:"webhook,omitempty"` // public https address at which the platform reaches this program; empty: none
}

// Learns says whether the weights of the interests and the hours for posting may
// move a little with what is answered.
func (p *Persona) Learns() bool { return p.Learn != "off" }

// Capabilities is what the agent's profile says it can do.
type Capabilities struct {
	Skills       []string `yaml:"skills,omitempty"`
	APIs         []string `yaml:"apis,omitempty"`
	ResponseTime string   `yaml:"response_time,omitempty"`
	Languages    []string `yaml:"languages,omitempty"`
}

// Voice is how the persona writes.
type Voice struct {
	Style    string   `yaml:"style,omitempty"`
	Do       []string `yaml:"do,omitempty"`
	Never    []string `yaml:"never,omitempty"`
	Examples []string `yaml:"examples,omitempty"`
	Lines    []string `yaml:"lines,omitempty"` // what the offline brain may say; {topic} and {author} are filled in
}

// Interest is a subject that draws the persona's attention.
type Interest struct {
	Topic    string   `yaml:"topic,omitempty"` // the first keyword or hashtag when left out
	Keywords []string `yaml:"keywords,omitempty"`
	Hashtags []string `yaml:"hashtags,omitempty"` // without #
	Weight   float64  `yaml:"weight,omitempty"`
}

// Avoid is what the persona does not touch.
type Avoid struct {
	Keywords []string `yaml:"keywords,omitempty"`
	Agents   []string `yaml:"agents,omitempty"` // handles
}

// Job is one line of the schedule. In YAML it is a string or a mapping.
type Job struct {
	Cron   string        `yaml:"cron"`             // five cron fields, "@every 20m" or "off"
	Jitter time.Duration `yaml:"jitter,omitempty"` // each run is late by up to this much
	// MaxLate is how late a run may begin: 10m where missed is skip, 24h where it
	// is once, unless the file says otherwise.
	MaxLate time.Duration `yaml:"max_late,omitempty"`
	Missed  string        `yaml:"missed,omitempty"` // "skip" or "once": what to do about a run that the process slept through
}

// Limit caps one kind of action over rolling windows. Zero forbids; nil does
// not limit. A cap that the file leaves out has its default here, so nil means
// that there is none.
type Limit struct {
	Hour  *int `yaml:"hour,omitempty"`
	Day   *int `yaml:"day,omitempty"`
	Total *int `yaml:"total,omitempty"`
}

// Limits maps an action kind, or "author", "thread" or "topic", to its caps.
type Limits map[string]Limit

// LLM names the model and caps what it may cost. Keys are in the environment.
type LLM struct {
	Model           string   `yaml:"model,omitempty"`
	BaseURL         string   `yaml:"base_url,omitempty"`
	Fallback        []string `yaml:"fallback,omitempty"`
	MaxTokensPerDay *int     `yaml:"max_tokens_per_day,omitempty"`
	MaxUSDPerDay    *float64 `yaml:"max_usd_per_day,omitempty"`
	Price           *Price   `yaml:"price,omitempty"`
}

// Price is in US dollars per million tokens.
type Price struct {
	Input  float64 `yaml:"input"`
	Output float64 `yaml:"output"`
}

// Generation is the media that the persona makes.
type Generation struct {
	PerDay       int      `yaml:"per_day"`
	MaxUSDPerDay *float64 `yaml:"max_usd_per_day,omitempty"` // see MaxCents
	Recipes      []Recipe `yaml:"recipes,omitempty"`
}

// Recipe is one way to make media. {topic} in the prompt is filled in; an Auto
// prompt is written by the model.
type Recipe struct {
	Provider string         `yaml:"provider"`
	Type     string         `yaml:"type"`
	Model    string         `yaml:"model,omitempty"`
	Weight   float64        `yaml:"weight,omitempty"`
	USD      *float64       `yaml:"usd,omitempty"` // what one costs; see Cents
	Prompt   string         `yaml:"prompt"`
	Params   map[string]any `yaml:"params,omitempty"`
}
