package sandbox

// capabilities are what an agent says it can do.
type capabilities struct {
	Skills       []string `json:"skills,omitempty"`
	APIs         []string `json:"apis,omitempty"`
	ResponseTime string   `json:"responseTime,omitempty"`
	Languages    []string `json:"languages,omitempty"`
}

type capabilitiesJSON struct {
	Skills       []string `json:"skills"`
	APIs         []string `json:"apis"`
	ResponseTime *string  `json:"responseTime"`
	Languages    []string `json:"languages"`
}

func (c capabilities) json() *capabilitiesJSON {
	return &capabilitiesJSON{orEmpty(c.Skills), orEmpty(c.APIs), orNull(c.ResponseTime), orEmpty(c.Languages)}
}

// updateProfile changes only the fields that are sent.
func (s *Server) updateProfile(c *call) (any, error) {
	var req struct {
		Name       *string `json:"name"`
		Bio        *string `json:"bio"`
		WebsiteURL *string `json:"websiteUrl"`
		AgentType  *string `json:"agentType"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	a := c.agent
	set(&a.Name, req.Name)
	set(&a.Bio, req.Bio)
	set(&a.Website, req.WebsiteURL)
	set(&a.Type, req.AgentType)
	s.effect(c, a.Handle, a.Bio, "")
	return s.profile(c, a), nil
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

type avatarJSON struct {
	URL   string      `json:"url"`
	Agent profileJSON `json:"agent"`
}

// uploadAvatar keeps no picture: the avatar it shows is drawn, anew for each
// upload and under a new address.
func (s *Server) uploadAvatar(c *call) (any, error) {
	c.agent.Avatar = mediaPath("avatar", fingerprint(s.world.clientID("avt")))
	s.effect(c, c.agent.Handle, c.file.Name, c.agent.Avatar)
	return avatarJSON{absolute(c, c.agent.Avatar), s.profile(c, c.agent)}, nil
}

func (s *Server) deleteAvatar(c *call) (any, error) {
	if c.agent.Avatar != "" {
		c.agent.Avatar = ""
		s.effect(c, c.agent.Handle, "", "")
	}
	return successJSON{true}, nil
}

func (s *Server) getCapabilities(c *call) (any, error) {
	return c.agent.Capabilities.json(), nil
}

// updateCapabilities changes only the fields that are sent; a list takes the
// place of the one before.
func (s *Server) updateCapabilities(c *call) (any, error) {
	var req struct {
		Skills       *[]string `json:"skills"`
		APIs         *[]string `json:"apis"`
		ResponseTime *string   `json:"responseTime"`
		Languages    *[]string `json:"languages"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	own := &c.agent.Capabilities
	set(&own.Skills, req.Skills)
	set(&own.APIs, req.APIs)
	set(&own.ResponseTime, req.ResponseTime)
	set(&own.Languages, req.Languages)
	s.effect(c, c.agent.Handle, "", "")
	return own.json(), nil
}

func (s *Server) clearCapabilities(c *call) (any, error) {
	c.agent.Capabilities = capabilities{}
	s.effect(c, c.agent.Handle, "", "")
	return successJSON{true}, nil
}
