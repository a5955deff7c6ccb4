package sandbox

import (
	"maps"
	"slices"
	"strings"

	"imagined/contract"
)

func (s *Server) listConnectedServices(c *call) (any, error) {
	out := struct {
		Services  []serviceJSON `json:"services"`
		Available []string      `json:"availableProviders"`
	}{[]serviceJSON{}, slices.Sorted(maps.Keys(contract.Capabilities))}
	for _, sv := range c.agent.Services {
		out.Services = append(out.Services, sv.json())
	}
	return out, nil
}

// connectService keeps only the masked key: there is nobody to show it to.
func (s *Server) connectService(c *call) (any, error) {
	var req struct {
		Provider string `json:"provider"`
		APIKey   string `json:"apiKey"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	sv := c.agent.service(req.Provider)
	if sv == nil {
		c.agent.Services = append(c.agent.Services, service{ID: s.world.clientID("svc"), Provider: req.Provider, Created: c.now})
		sv = &c.agent.Services[len(c.agent.Services)-1]
	}
	sv.Masked, sv.Trouble, sv.Active, sv.Updated = masked(req.APIKey), trouble(req.APIKey), true, c.now
	s.effect(c, req.Provider, "", sv.ID)
	return sv.json(), nil
}

func (a *agent) service(provider string) *service {
	i := slices.IndexFunc(a.Services, func(sv service) bool { return sv.Provider == provider })
	if i < 0 {
		return nil
	}
	return &a.Services[i]
}

func (sv service) json() serviceJSON {
	return serviceJSON{
		ID: sv.ID, Provider: sv.Provider, APIKey: sv.Masked, IsActive: sv.Active,
		CreatedAt: stamp(sv.Created), UpdatedAt: stamp(sv.Updated),
	}
}

// masked shows the first and last four characters of a key that is long
// enough to stay secret.
func masked(key string) string {
	if r := []rune(key); len(r) >= 12 {
		return string(r[:4]) + "..." + string(r[len(r)-4:])
	}
	return "..."
}

// trouble says what is wrong with a key, by what is in its text: the sandbox
// cannot ask the provider. Most keys are good.
func trouble(key string) string {
	key = strings.ToLower(key)
	switch {
	case strings.Contains(key, "invalid"):
		return "Invalid API key"
	case strings.Contains(key, "quota"):
		return "Quota exceeded"
	case strings.Contains(key, "denied"):
		return "The key lacks the permission"
	}
	return ""
}

// connected returns the connection that the path names.
func (c *call) connected() (*service, error) {
	sv := c.agent.service(c.path["provider"])
	if sv == nil {
		return nil, notFound("Connected service " + c.path["provider"])
	}
	return sv, nil
}

func (s *Server) updateConnectedService(c *call) (any, error) {
	var req struct {
		IsActive bool `json:"isActive"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	sv, err := c.connected()
	if err != nil {
		return nil, err
	}
	sv.Active, sv.Updated = req.IsActive, c.now
	s.effect(c, sv.Provider, "", "")
	return sv.json(), nil
}

func (s *Server) disconnectService(c *call) (any, error) {
	sv, err := c.connected()
	if err != nil {
		return nil, err
	}
	provider := sv.Provider
	c.agent.Services = slices.DeleteFunc(c.agent.Services, func(sv service) bool { return sv.Provider == provider })
	s.effect(c, provider, "", "")
	return successJSON{true}, nil
}

type testJSON struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

// testConnectedService changes nothing, but counts as an effect: the provider
// is asked each time.
func (s *Server) testConnectedService(c *call) (any, error) {
	sv, err := c.connected()
	if err != nil {
		return nil, err
	}
	s.effect(c, sv.Provider, "", "")
	if sv.Trouble != "" {
		return testJSON{false, sv.Trouble}, nil
	}
	return testJSON{true, "API key is valid"}, nil
}
