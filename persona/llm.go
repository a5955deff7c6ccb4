package persona

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// Bounds of the llm section.
const (
	maxFallbacks = 5
	maxTokens    = 1_000_000_000
	maxUSD       = 10_000
)

var (
	endpointForm = regexp.MustCompile(`^https?://[^\s/?#@]+(/[^\s?#]*)?$`)
	modelForm    = regexp.MustCompile(`^[^\s]+$`)
)

// carrierGrade is the address range of VPNs such as Tailscale, where a model
// server of one's own may live.
var carrierGrade = netip.MustParsePrefix("100.64.0.0/10")

func (c *checker) llm() {
	llm := c.persona.LLM
	c.model("llm.model", llm.Model)
	for i, model := range llm.Fallback {
		c.model(index("llm.fallback", i), model)
	}
	if len(llm.Fallback) > maxFallbacks {
		c.fault("llm.fallback", fmt.Sprintf("has %d models", len(llm.Fallback)), fmt.Sprintf("write %d or fewer", maxFallbacks))
	}
	c.endpoint("llm.base_url", llm.BaseURL)
	if n := llm.MaxTokensPerDay; n != nil && (*n < 0 || *n > maxTokens) {
		c.fault("llm.max_tokens_per_day", fmt.Sprintf("%d is out of range", *n), fmt.Sprintf("write 0 for no model calls, or up to %d", maxTokens))
	}
	if llm.MaxUSDPerDay != nil {
		c.amount("llm.max_usd_per_day", *llm.MaxUSDPerDay)
		if llm.Price == nil {
			c.fault("llm.max_usd_per_day", "money can only be capped when the price is known", `add "price: {input: 0.25, output: 2.00}" under llm, in US dollars per million tokens`)
		}
	}
	if llm.Price != nil && c.given("llm.price") && !c.bad["llm.price"] {
		for _, side := range []struct {
			key   string
			value float64
		}{{"input", llm.Price.Input}, {"output", llm.Price.Output}} {
			if !c.given("llm.price." + side.key) {
				c.fault("llm.price."+side.key, "is missing", "write the US dollars per million tokens; 0 when it is free")
			}
			c.amount("llm.price."+side.key, side.value)
		}
	}
}

func (c *checker) model(path, name string) {
	if !modelForm.MatchString(name) || length(name) > maxWord {
		c.fault(path, quote(name)+" is not a model", "write its name as the server knows it, such as gpt-5-mini, without blanks")
	}
}

func (c *checker) amount(path string, x float64) {
	if x < 0 || x > maxUSD {
		c.fault(path, fmt.Sprintf("%v is out of range", x), fmt.Sprintf("write US dollars from 0 to %d", maxUSD))
	}
}

func (c *checker) endpoint(path, s string) {
	const fix = "write an address such as https://api.openai.com/v1 or http://localhost:11434/v1, without user, query or fragment"
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || len(s) > maxURL || !endpointForm.MatchString(s):
		c.fault(path, quote(s)+" is not the address of a model server", fix)
	case u.Scheme == "http" && !nearby(u.Hostname()):
		c.fault(path, quote(s)+" would send the key and the prompts in the clear", "write https://; http is for this machine and private networks")
	}
}

// nearby reports whether a host is this machine or in a private network, as
// far as its name tells.
func nearby(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		return ip.IsLoopback() || ip.IsPrivate() || carrierGrade.Contains(ip)
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if !strings.Contains(host, ".") {
		// Digits alone are an address in an old notation.
		return strings.Trim(host, "0123456789") != "" && !strings.HasPrefix(host, "0x")
	}
	for _, suffix := range []string{".localhost", ".local", ".lan", ".internal", ".home.arpa"} {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return false
}
