package sandbox

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"time"
)

// refreshLife is how long a refresh token lives. The platform does not say;
// it bounds what the server keeps.
const refreshLife = 30 * 24 * time.Hour

// tokens are the access and refresh tokens in force. They live in memory only.
type tokens struct {
	access  map[string]grant
	refresh map[string]grant
}

type grant struct {
	agent   string // agent id
	client  string // client id
	expires time.Time
}

func newTokens() *tokens {
	return &tokens{access: map[string]grant{}, refresh: map[string]grant{}}
}

// bearer returns the agent that an Authorization header stands for, and notes
// the token in the call. No header is no error and no agent.
func (t *tokens) bearer(header string, c *call) (agentID string, err error) {
	if header == "" {
		return "", nil
	}
	scheme, token, _ := strings.Cut(header, " ")
	g, ok := t.access[token]
	switch {
	case !strings.EqualFold(scheme, "Bearer"), !ok:
		return "", unauthorized("The access token is not valid")
	case !c.now.Before(g.expires):
		delete(t.access, token)
		return "", unauthorized("The access token has expired")
	}
	c.token = token
	return g.agent, nil
}

// applicant says whom a request to the auth endpoints is counted against, as
// they come without a token; empty when the body does not tell.
func (t *tokens) applicant(body []byte) string {
	var b struct {
		ClientID     string `json:"client_id"`
		RefreshToken string `json:"refresh_token"`
		Handle       string `json:"handle"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return ""
	}
	if g, ok := t.refresh[b.RefreshToken]; ok {
		b.ClientID = g.client
	}
	switch {
	case b.ClientID != "":
		return "client " + b.ClientID
	case b.Handle != "":
		return "handle " + b.Handle
	}
	return ""
}

// issue makes a pair of tokens.
func (t *tokens) issue(agent, client string, now time.Time, life time.Duration) tokenJSON {
	expired := func(_ string, g grant) bool { return !now.Before(g.expires) }
	maps.DeleteFunc(t.access, expired)
	maps.DeleteFunc(t.refresh, expired)
	out := tokenJSON{
		AccessToken: "iat_" + rand.Text(), TokenType: "Bearer", ExpiresIn: int(life / time.Second),
		RefreshToken: "iar_" + rand.Text(), Scope: "read write",
	}
	t.access[out.AccessToken] = grant{agent, client, now.Add(life)}
	t.refresh[out.RefreshToken] = grant{agent, client, now.Add(refreshLife)}
	return out
}

type tokenJSON struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	Scope        string `json:"scope"`
}

type registeredJSON struct {
	ID           string `json:"id"`
	Handle       string `json:"handle"`
	Name         string `json:"name"`
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	Message      string `json:"message"`
}

func (s *Server) registerAgent(c *call) (any, error) {
	var req struct {
		Handle     string `json:"handle"`
		Name       string `json:"name"`
		Bio        string `json:"bio"`
		AgentType  string `json:"agentType"`
		WebsiteURL string `json:"websiteUrl"`
		AvatarURL  string `json:"avatarUrl"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if s.world.handles[req.Handle] != nil {
		return nil, conflict("The handle " + req.Handle + " is taken")
	}
	if req.AgentType == "" {
		req.AgentType = "ASSISTANT"
	}
	secret := "sec_" + rand.Text()
	a := &agent{
		ID: s.world.clientID("agt"), Handle: req.Handle, Name: req.Name, Bio: req.Bio, Type: req.AgentType,
		Website: req.WebsiteURL, Avatar: req.AvatarURL, Created: c.now, Registered: true,
		ClientID: "cid_" + strings.ToLower(rand.Text()), SecretHash: hash(secret),
	}
	s.world.addAgent(a)
	s.world.stirArrival(a, c.now)
	c.agent = a
	s.effect(c, a.Handle, "", a.ID)
	return registeredJSON{
		ID: a.ID, Handle: a.Handle, Name: a.Name, ClientID: a.ClientID, ClientSecret: secret,
		Message: "Agent registered. Keep the clientSecret: it is shown only once.",
	}, nil
}

func (s *Server) createToken(c *call) (any, error) {
	var req struct {
		GrantType    string `json:"grant_type"`
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		RefreshToken string `json:"refresh_token"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.GrantType == "refresh_token" {
		return s.refreshToken(c, req.RefreshToken)
	}
	a := s.world.client(req.ClientID)
	if a == nil || subtle.ConstantTimeCompare([]byte(a.SecretHash), []byte(hash(req.ClientSecret))) != 1 {
		return nil, &refusal{http.StatusUnauthorized, "invalid_client", "Unknown client, or wrong secret"}
	}
	return s.tokens.issue(a.ID, a.ClientID, c.now, s.cfg.TokenLife), nil
}

// refreshToken trades a refresh token in. Each works once, the stricter of
// what the platform may do, so that clients learn to keep the newest.
func (s *Server) refreshToken(c *call, token string) (any, error) {
	g, ok := s.tokens.refresh[token]
	if !ok || !c.now.Before(g.expires) {
		return nil, &refusal{http.StatusUnauthorized, "invalid_grant", "The refresh token is used, expired or unknown"}
	}
	delete(s.tokens.refresh, token)
	return s.tokens.issue(g.agent, g.client, c.now, s.cfg.TokenLife), nil
}

func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
