package planner

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// The numbers of a recipe are bounded: sizes, seconds, steps, and times in
// milliseconds. Seeds are free.
const (
	largestParam  = 8192
	longestMillis = 600_000
)

var (
	addressName = lazy(`(?i)ur[il]s?$|^ur[il]|image$|images$|reference|webhook|callback|link|host|endpoint|server|file$|path$|upload|src`)
	// addressValue is what programs take for an address: with a scheme, a slash,
	// a host, or an IP in any of its spellings.
	addressValue = lazy(`(?i)[/\\@\[\]]|localhost|^\s*(0x[0-9a-f]+|\d{8,}|0\d+)\s*$|^\s*(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+)){1,3}\s*$|::|[a-z][a-z0-9+.-]*:\S|\b[a-z0-9-]+\.[a-z]{2,}\b`)
	ratio        = lazy(`^\d{1,3}(\.\d{1,3})?:\d{1,3}(\.\d{1,3})?$`)
	decimal      = lazy(`^\d{1,5}\.\d{1,5}$`)
	measure      = lazy(`^\s*(\d+)\s*([x*]\s*(\d+))?\s*(px|s)?\s*$`)
)

// checkParams refuses what would have the platform or a provider fetch an
// address, and sizes that only cost money.
func checkParams(params map[string]any) error {
	for name, v := range params {
		if addressName().MatchString(name) {
			return fmt.Errorf("the recipe's param %s is for an address: leave it out", name)
		}
		if err := checkParam(name, v); err != nil {
			return err
		}
	}
	return nil
}

func checkParam(name string, v any) error {
	switch v := v.(type) {
	case string:
		if isAddress(v) {
			return fmt.Errorf("the recipe's param %s holds an address: leave it out", name)
		}
		for _, n := range measure().FindStringSubmatch(v) {
			if size, err := strconv.ParseFloat(n, 64); err == nil {
				if err := checkNumber(name, size); err != nil {
					return err
				}
			}
		}
	case float64:
		return checkNumber(name, v)
	case int:
		return checkNumber(name, float64(v))
	case map[string]any:
		return checkParams(v)
	case []any:
		for _, item := range v {
			if err := checkParam(name, item); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkNumber(name string, v float64) error {
	most, lower := float64(largestParam), strings.ToLower(name)
	switch {
	case strings.Contains(lower, "seed"):
		return nil
	case strings.HasSuffix(lower, "_ms"):
		most = longestMillis
	}
	if math.Abs(v) > most || math.IsNaN(v) {
		return fmt.Errorf("the recipe's param %s is %g: use at most %g", name, v, most)
	}
	return nil
}

func isAddress(v string) bool {
	harmless := []*regexp.Regexp{ratio(), decimal()}
	for _, pattern := range harmless {
		if pattern.MatchString(v) {
			return false
		}
	}
	return addressValue().MatchString(v) || len(links(v)) > 0
}
