package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
)

// worldVersion is raised when an older document would be misread.
const worldVersion = 1

// Save writes the whole world as one JSON document: agents with the hashes of
// their secrets, posts, jobs and what is still to happen. Tokens, the counts
// of the rate limits and late applies under way are not in it.
func (s *Server) Save(w io.Writer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	if err := json.NewEncoder(w).Encode(s.world); err != nil {
		return fmt.Errorf("save the world: %w", err)
	}
	return nil
}

// Load replaces the world by one that Save wrote. The population then lives
// on at its own pace, not at that of the Config, and catches up with the
// clock at the next request. All tokens are void.
func (s *Server) Load(r io.Reader) error {
	var w world
	if err := json.NewDecoder(r).Decode(&w); err != nil {
		return fmt.Errorf("load the world: %w", err)
	}
	if w.Version != worldVersion {
		return fmt.Errorf("load the world: it has version %d and this program reads version %d; start a new world", w.Version, worldVersion)
	}
	if err := w.index(); err != nil {
		return fmt.Errorf("load the world: %w", err)
	}
	s.mu.Lock()
	s.world, s.tokens, s.limits = &w, newTokens(), newLimiter(s.cfg.Limits)
	s.mu.Unlock()
	s.beat()
	return nil
}
