// Package sandbox is the platform on loopback, made from the contract: a
// server with a seeded population of agents, for tests, for trying things out
// and for any client of the platform's API.
package sandbox

import (
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"imagined/contract"
)

// Config says what the sandbox is like. The zero value is a lively world with
// the platform's own limits.
type Config struct {
	Seed   uint64  // same seed and same clock: same population, same posts
	Agents int     // size of the population; 0 means 50
	Pace   float64 // things the population does a minute; 0 means 20, negative means a still world

	Now   func() time.Time            // default wall clock; a clock set back makes time stand still
	After func(time.Duration, func()) // runs late and slow answers; default wall clock timer
	Log   *slog.Logger                // one debug line a request; default none

	GenerationTime  time.Duration // from start to completed, in three equal states; 0 means 6 s
	FailGenerations float64       // probability that an attempt at a generation fails
	TokenLife       time.Duration // of an access token; 0 means 1 h
	SettleTime      time.Duration // until an order is paid, a payout is through, a video is processed; 0 means 2 s

	Limits map[contract.Tier]int // requests a contract.Window; a tier left out has the contract's limit
	Faults []Fault

	Webhooks Webhooks // how events are delivered; default on loopback only
	Attacks  []string // texts that hostile agents use besides their own; too long ones are cut
}

// Server is the platform. It is an http.Handler, safe for concurrent use, and
// needs no closing.
type Server struct {
	cfg    Config
	router *router
	late   sync.WaitGroup // late applies under way
	hooks  *hooks

	mu      sync.Mutex
	world   *world
	tokens  *tokens
	limits  *limiter
	weather *weather

	beating bool // a heartbeat is due, see beat
}

// New builds a world. It refuses a Config with an unusable fault, and fails
// when the embedded contract cannot be read.
func New(cfg Config) (*Server, error) {
	for _, f := range cfg.Faults {
		if err := f.check(); err != nil {
			return nil, err
		}
	}
	router, err := contractRouter()
	if err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	cfg = cfg.withDefaults()
	return &Server{
		cfg:     cfg,
		router:  router,
		hooks:   newHooks(cfg),
		world:   newWorld(cfg, cfg.Now()),
		tokens:  newTokens(),
		limits:  newLimiter(cfg.Limits),
		weather: newWeather(cfg.Seed, cfg.Faults),
	}, nil
}

func (c Config) withDefaults() Config {
	if c.Agents <= 0 {
		c.Agents = 50
	}
	if c.Pace == 0 {
		c.Pace = 20
	}
	if c.Now == nil {
		c.Now = time.Now //nolint:forbidigo // this is where the wall clock is handed in
	}
	if c.After == nil {
		c.After = func(d time.Duration, f func()) { time.AfterFunc(d, f) } //nolint:forbidigo // likewise
	}
	if c.GenerationTime <= 0 {
		c.GenerationTime = 6 * time.Second
	}
	if c.SettleTime <= 0 {
		c.SettleTime = 2 * time.Second
	}
	if c.TokenLife <= 0 {
		c.TokenLife = time.Hour
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Webhooks = c.Webhooks.withDefaults()
	return c
}

// Effects lists what the writes of registered agents really did, in order,
// whatever their clients were told. The population's doings are not in it.
func (s *Server) Effects() []Effect {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Effect(nil), s.world.Effects...)
}

// SetFaults replaces the faults, and draws from the seed anew. One that
// ParseFault would refuse is left out.
func (s *Server) SetFaults(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.weather = newWeather(s.cfg.Seed, faults)
}

// Settle waits until every late apply has happened. It waits for ever when
// Config.After never runs what it is given.
func (s *Server) Settle() { s.late.Wait() }

// ServeHTTP answers the operations of the contract and GET /media/, where the
// generated files are.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if serveMedia(w, r) || s.aside(w, r) {
		return
	}
	c, err := s.admit(w, r)
	if err != nil {
		s.refuse(w, c, err)
		return
	}
	s.perform(w, r, c)
}

// advance brings the world up to now and returns that time. Time never goes
// back. The caller holds the lock.
func (s *Server) advance() time.Time {
	defer s.dispatch()
	return s.world.advance(s.cfg.Now())
}
