package sandbox

import (
	"crypto/rand"
	"net"
	"net/url"

	"github.com/getkin/kin-openapi/openapi3"
)

// webhook is where an agent wants to hear of things.
type webhook struct {
	URL    string `json:"url,omitempty"`
	Secret string `json:"secret,omitempty"` // kept as it is, since it signs
}

type webhookJSON struct {
	URL    *string         `json:"webhookUrl"`
	Secret string          `json:"webhookSecret,omitempty"`
	Test   *testResultJSON `json:"testResult,omitempty"`
}

type testResultJSON struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

// allowLoopbackWebhooks lets the handler decide what an address may be: the
// contract's pattern would shut out the plain http that tests use on loopback.
func allowLoopbackWebhooks(doc *openapi3.T) {
	if s := doc.Components.Schemas["UpdateWebhookRequest"]; s != nil && s.Value.Properties["webhookUrl"] != nil {
		s.Value.Properties["webhookUrl"].Value.Pattern = ""
	}
}

// checkWebhook asks for https, except on loopback.
func checkWebhook(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return badRequest("webhookUrl", "is not an address")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return badRequest("webhookUrl", "must begin with https://")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s *Server) getWebhook(c *call) (any, error) {
	return webhookJSON{URL: orNull(c.agent.Webhook.URL)}, nil
}

// updateWebhook makes a secret only when asked to, as only then it is shown;
// without one, deliveries are not signed.
func (s *Server) updateWebhook(c *call) (any, error) {
	var req struct {
		URL        *string `json:"webhookUrl"`
		Regenerate bool    `json:"regenerateSecret"`
		Test       bool    `json:"test"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	hook := c.agent.Webhook
	if req.URL != nil {
		if err := checkWebhook(*req.URL); err != nil {
			return nil, err
		}
		hook.URL = *req.URL
	}
	if req.Test && hook.URL == "" {
		return nil, badRequest("test", "there is no webhookUrl to send it to")
	}
	out := webhookJSON{URL: orNull(hook.URL)}
	if req.Regenerate {
		hook.Secret = "whs_" + rand.Text()
		out.Secret = hook.Secret
	}
	c.agent.Webhook = hook
	s.effect(c, hook.URL, "", "")
	d := s.delivery(hook, event{ID: s.world.clientID("evt"), Type: eventTest, At: c.now})
	c.then = func() any {
		s.beat()
		if req.Test {
			out.Test = new(s.hooks.try(d))
		}
		return out
	}
	return out, nil
}

func (s *Server) deleteWebhook(c *call) (any, error) {
	if c.agent.Webhook.URL != "" {
		s.effect(c, c.agent.Webhook.URL, "", "")
	}
	c.agent.Webhook = webhook{}
	return successJSON{true}, nil
}

// try delivers once, while the caller waits.
func (h *hooks) try(d delivery) testResultJSON {
	if err := h.send(d); err != nil {
		return testResultJSON{Message: err.Error()}
	}
	return testResultJSON{Success: true, Message: "The address took the delivery"}
}
