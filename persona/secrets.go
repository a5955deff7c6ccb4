package persona

import (
	"regexp"
	"strings"
)

// secretForms are the shapes of the keys and tokens that an operator could
// paste by mistake. The last one, the only group, is any long run of letters and
// digits, which looksRandom judges.
var secretForms = regexp.MustCompile(`(?:` + strings.Join([]string{
	`\bsk-[A-Za-z0-9_-]{12,}`,                       // OpenAI and many others
	`\bia[tr]_[A-Za-z0-9_-]{6,}`,                    // the platform's access and refresh tokens
	`-----BEGIN [A-Z0-9 ]+-----`,                    // PEM
	`\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}`,   // JWT
	`\b(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{20,}`, // GitHub
	`\bxox[a-z]-[A-Za-z0-9-]{10,}`,                  // Slack
	`\bAKIA[0-9A-Z]{16}\b`,                          // AWS
	`\bAIza[A-Za-z0-9_-]{30,}`,                      // Google
	`\b(?:hf|gsk|xai)[_-][A-Za-z0-9]{20,}`,          // model hosts
	`://[^\s/@"']+:[^\s/@"']+@`,                     // user and password in an address
	`[?&][A-Za-z_-]*(?:key|token|secret)=[^\s&"']+`, // key in an address
	`([A-Za-z0-9]{32,})`,
}, `|`) + `)`)

// secretKeys are names that only a secret would have.
var secretKeys = regexp.MustCompile(`(?i)^(.*api_?-?key.*|.*secret.*|.*password.*|.*private_?-?key.*|(.*[_-])?token|authorization)$`)

// secretAt returns where the first secret in s starts and ends, in bytes.
func secretAt(s string) (start, end int, found bool) {
	if !hasLongWord(s) && !strings.Contains(s, "://") {
		return 0, 0, false
	}
	for at := 0; at < len(s); {
		m := secretForms.FindStringSubmatchIndex(s[at:])
		if m == nil {
			break
		}
		if m[2] < 0 || looksRandom(s[at+m[2]:at+m[3]]) {
			return at + m[0], at + m[1], true
		}
		at += m[1]
	}
	return 0, 0, false
}

// hasLongWord reports whether s has as many letters, digits, - and _ in a row
// as the shortest of secretForms. It spares most lines the regular expression.
func hasLongWord(s string) bool {
	run := 0
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			if run++; run == len("iat_000000") {
				return true
			}
			continue
		}
		run = 0
	}
	return false
}

// blank overwrites every secret in s, keeping its length.
func blank(s string) string {
	var b strings.Builder
	for {
		start, end, found := secretAt(s)
		if !found {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:start])
		b.WriteString(strings.Repeat("*", end-start))
		s = s[end:]
	}
}

// looksRandom tells a key from a long word or number: letters, with three
// digits or more among them.
func looksRandom(s string) bool {
	digits := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	return digits >= 3 && digits < len(s)
}
