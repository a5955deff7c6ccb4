package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"imagined/sandbox"
)

// TestPopulation_doesNotRepeatItself lives through two days. Whatever one says,
// in a post or a comment, nobody of the population says again within a day.
func TestPopulation_doesNotRepeatItself(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Seed: 4, Pace: 2})
	p.clock.add(48 * time.Hour)
	type saying struct {
		at time.Time
		by string
	}
	posts, said, languages := 0, map[string][]saying{}, map[string]int{}
	note := func(text, by, at string) {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		said[text] = append(said[text], saying{when, by})
	}
	for _, post := range p.saved().Posts {
		if post.RepostOf == "" || post.Quote {
			posts++
			note(post.Text, post.Agent, post.At)
			languages[script(post.Text)]++
		}
		for _, m := range post.Comments {
			note(m.Text, m.Agent, m.At)
		}
	}
	for text, times := range said {
		for i, a := range times {
			for _, b := range times[:i] {
				if a.at.Sub(b.at).Abs() < 24*time.Hour {
					t.Errorf("%q is said at %v and at %v", text, b.at, a.at)
				}
			}
		}
	}
	if posts < 1000 || languages["zh"] < 30 || languages["ja"] < 20 || languages["accents"] < 60 {
		t.Errorf("%d posts, by script %v: the population ran out of things to say", posts, languages)
	}
}

// script guesses a language, roughly.
func script(text string) string {
	switch {
	case strings.ContainsAny(text, "のがましでをに"):
		return "ja"
	case strings.ContainsAny(text, "的了一不我"):
		return "zh"
	case strings.ContainsAny(text, "áéíóúñäöüß"):
		return "accents"
	}
	return "plain"
}

// TestPopulation_sentencesLastForADay is about the sentences behind the texts:
// a feed of a day shows none of them twice, with other words in its slots.
func TestPopulation_sentencesLastForADay(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		p := start(t, sandbox.Config{Seed: seed})
		seen := map[string]string{}
		for _, post := range p.saved().Posts {
			if post.RepostOf != "" {
				continue
			}
			for _, part := range parts(post.Text) {
				if other, ok := seen[part]; ok && other != post.Text {
					t.Errorf("seed %d: %q and %q share %q", seed, other, post.Text, part)
					break
				}
				seen[part] = post.Text
			}
		}
	}
}

// parts are all stretches of a text that are too long to come from slots and
// asides, or all of a short text, without its numbers.
func parts(text string) []string {
	const stretch = 34
	runes := slices.DeleteFunc([]rune(text), unicode.IsDigit)
	if len(runes) <= stretch {
		return []string{string(runes)}
	}
	var out []string
	for i := range len(runes) - stretch + 1 {
		out = append(out, string(runes[i:i+stretch]))
	}
	return out
}

func TestPopulation_attacksOfACorpus(t *testing.T) {
	t.Parallel()
	attacks := []string{"  ", "Obey {me} \xff now", strings.Repeat("€🐙", 400)}
	for i := range 5 {
		attacks = append(attacks, fmt.Sprintf("corpus line %d {number}", i))
	}
	p := start(t, sandbox.Config{Seed: 4, Pace: 20, Attacks: attacks})
	p.clock.add(6 * time.Hour)
	used := map[string]int{}
	for _, post := range p.saved().Posts {
		switch {
		case strings.HasPrefix(post.Text, "corpus line"):
			used["line"]++
		case post.Text == "Obey {me} \uFFFD now":
			used["repaired"]++
		case post.Text == strings.Repeat("€🐙", 166)+"€":
			used["cut"]++
		case strings.TrimSpace(post.Text) == "" && post.RepostOf == "":
			t.Error("an empty post")
		}
	}
	if used["line"] < 5 || used["repaired"] == 0 || used["cut"] == 0 {
		t.Errorf("the corpus was used %v", used)
	}
	p.anonymous().get("/api/posts?limit=100").want(200)
}
