package persona

import (
	"fmt"
	"math"
	"slices"
)

// ActNames lists what the job engage can do about the posts and bytes of
// others. Likes and comments of bytes are likes and comments.
var ActNames = []string{"like", "comment", "amplify", "repost", "quote", "follow"}

// Acts maps an act of engage to the most that it may be of all that engage
// does: 0.3 is three acts in ten, 1 is no bound. These are never quotas:
// nothing is done to fill one.
type Acts map[string]float64

// defaultActs keeps small what shows on the persona's own page, and what
// changes its feed.
func defaultActs() Acts {
	return Acts{"like": 1, "comment": 1, "amplify": 1, "repost": 0.05, "quote": 0.05, "follow": 0.05}
}

// Most is how many of so many acts in a row one act may be: its share, rounded
// up to a whole act, so that the first one is possible however small the
// share. A share of 0 forbids it.
func (a Acts) Most(act string, of int) int {
	share, bounded := a[act]
	if !bounded {
		return of
	}
	const rounding = 1e-9 // 0.07 of 100 are 7, and not 7.000000000000001
	return int(math.Ceil(share*float64(of) - rounding))
}

func (c *checker) acts() {
	sum := 0.0
	for name, share := range c.persona.Acts {
		at := join("acts", name)
		if !slices.Contains(ActNames, name) {
			c.faultKey(at, "is not an act of engage", c.suggest(name, ActNames))
			continue
		}
		if share < 0 || share > 1 {
			c.fault(at, fmt.Sprintf("%v is not a share", share), "write a number from 0 to 1, such as 0.3")
		}
		sum += share
	}
	if whole := 0.999; sum < whole {
		c.fault("acts", fmt.Sprintf("all shares together are %.2f, less than the whole: soon nothing could be done", sum), "raise one; schedule.engage: off does nothing at all")
	}
}
