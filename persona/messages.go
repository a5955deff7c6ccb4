package persona

import "strings"

// Messages is how the persona writes in private.
type Messages struct {
	Cold  bool     `yaml:"cold,omitempty"`  // it may write to somebody first
	Lines []string `yaml:"lines,omitempty"` // what it may answer without a model; {author} is filled in
}

// messages checks what is said in private, and where the platform is to say
// that something has come.
func (c *checker) messages() {
	for i, line := range c.persona.Messages.Lines {
		c.template(index("messages.lines", i), line, maxLine, "{author}")
	}
	hook := c.persona.Webhook
	if hook != "" && (!webAddress(hook) || !strings.HasPrefix(hook, "https://")) {
		c.fault("webhook", quote(hook)+" is not a secure web address", "write the public address of this program, such as https://example.com/webhook")
	}
}
