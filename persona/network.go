package persona

// What silent_days may be: a shorter silence is a holiday.
const (
	minSilentDays = 14
	maxSilentDays = 365
)

// ties checks whom the persona follows back, and whom it follows no longer.
func (c *checker) ties() {
	p := c.persona
	if c.given("follow_back") {
		c.one("follow_back", p.FollowBack, choices["follow_back"])
	}
	if c.given("unfollow") {
		c.one("unfollow", p.Unfollow, choices["unfollow"])
	}
	if c.given("silent_days") {
		c.between("silent_days", p.SilentDays, minSilentDays, maxSilentDays, " days")
	}
}
