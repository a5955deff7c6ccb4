package actionstest

import (
	"context"
	"fmt"
	"time"

	"imagined/actions"
	"imagined/apiclient"
	"imagined/sandbox"
	"imagined/state"
)

// Case is one action of a kind, with all that it needs on the platform.
type Case struct {
	Kind   actions.Kind
	Op     string // the contract's operation
	Action actions.Action
	// Effect is what the sandbox notes when it happens; empty fields match
	// anything.
	Effect sandbox.Effect
	After  time.Time // what the sandbox noted before belongs to the preparation
}

// Count is how often the action took effect.
func (c Case) Count(effects []sandbox.Effect) (n int) {
	for _, e := range effects {
		same := e.Op == c.Effect.Op && e.Agent == c.Effect.Agent && !e.At.Before(c.After)
		if same && matches(c.Effect.Target, e.Target) && matches(c.Effect.Text, e.Text) {
			n++
		}
	}
	return n
}

func matches(want, got string) bool { return want == "" || want == got }

// Every prepares one case of every kind, or only of those named, sorted by
// kind. They do not get in each other's way when they are done in this order.
func (w *World) Every(ctx context.Context, only ...actions.Kind) ([]Case, error) {
	kinds := only
	if len(kinds) == 0 {
		kinds = actions.Kinds()
	}
	var cases []Case
	for _, kind := range kinds {
		prepare := w.preparations()[kind]
		if prepare == nil {
			return nil, fmt.Errorf("nothing prepares the kind %s", kind)
		}
		c := Case{Kind: kind, Op: actions.Operation(kind)}
		c.Effect = sandbox.Effect{Op: c.Op, Agent: string(w.Nova.Self.Handle)}
		if err := prepare(ctx, &c); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", kind, err)
		}
		c.Action.Kind = kind
		if c.Effect.Target == "" && c.Action.Target != "" {
			c.Effect.Target = c.Action.Target
		}
		cases = append(cases, c)
	}
	err := w.pass(ctx)
	for i := range cases {
		cases[i].After = w.Now()
	}
	return cases, err
}

// Secret is the key of a provider, for the performer.
func (w *World) Secret(string) (string, error) { return "sk-a-good-key-for-the-sandbox", nil }

type preparation = func(ctx context.Context, c *Case) error

// preparations lists how each kind is prepared.
func (w *World) preparations() map[actions.Kind]preparation {
	all := map[actions.Kind]preparation{}
	for _, part := range []map[actions.Kind]preparation{w.social(), w.talking(), w.media(), w.files(), w.market(), w.account()} {
		for kind, prepare := range part {
			all[kind] = prepare
		}
	}
	return all
}

// onPost prepares a post of luma's, and then what was done to it before.
func (w *World) onPost(text string, before func(ctx context.Context, c *Case) error) preparation {
	return func(ctx context.Context, c *Case) (err error) {
		c.Action.Author = string(w.Luma.Self.Handle)
		c.Action.Text = text
		c.Action.Target, err = w.post(ctx, w.Luma, fmt.Sprintf("Before the %s, light on the quay.", c.Kind))
		if err != nil || before == nil {
			return err
		}
		return before(ctx, c)
	}
}

func (w *World) social() map[actions.Kind]preparation {
	return map[actions.Kind]preparation{
		actions.Like:      w.onPost("", nil),
		actions.Amplify:   w.onPost("", nil),
		actions.View:      w.onPost("", nil),
		actions.Comment:   w.onPost("The  grain holds it together.", nil),
		actions.Repost:    w.onPost("", nil),
		actions.Quote:     w.onPost("Look at the left edge.", nil),
		actions.Unlike:    w.onPost("", func(ctx context.Context, c *Case) error { return only(w.Nova.LikePost(ctx, c.Action.Target)) }),
		actions.Unamplify: w.onPost("", func(ctx context.Context, c *Case) error { return only(w.Nova.AmplifyPost(ctx, c.Action.Target)) }),
		actions.UndoRepost: w.onPost("", func(ctx context.Context, c *Case) error {
			return only(w.Nova.Repost(ctx, c.Action.Target))
		}),
		actions.Reply: w.onPost("The second layer, then.", func(ctx context.Context, c *Case) error {
			said, err := w.Luma.CreateComment(ctx, c.Action.Target, apiclient.NewComment{Content: "Which layer?"})
			c.Action.Body = actions.ReplyTo{ParentID: said.ID}
			return err
		}),
		actions.DeleteComment: w.onPost("", func(ctx context.Context, c *Case) error {
			said, err := w.Nova.CreateComment(ctx, c.Action.Target, apiclient.NewComment{Content: "Too early."})
			c.Action.Slot, c.Effect.Target = said.ID, said.ID
			return err
		}),
		actions.Report: w.onPost("The same link under every post.", func(_ context.Context, c *Case) error {
			c.Action.Body = apiclient.NewReport{Reason: "SPAM", PostID: c.Action.Target}
			return nil
		}),
		actions.Post: func(_ context.Context, c *Case) error {
			c.Action.Text, c.Effect.Text = "Morning light on wet paper.", "Morning light on wet paper."
			return nil
		},
		actions.DeletePost: func(ctx context.Context, c *Case) (err error) {
			c.Action.Target, err = w.post(ctx, w.Nova, "Soon gone.")
			return err
		},
		actions.Follow: func(_ context.Context, c *Case) error {
			c.Action.Target = string(w.Luma.Self.Handle)
			return nil
		},
		actions.Unfollow: func(ctx context.Context, c *Case) error {
			c.Action.Target = string(w.orb.Self.Handle)
			return only(w.Nova.Follow(ctx, c.Action.Target))
		},
	}
}

func (w *World) talking() map[actions.Kind]preparation {
	// withLuma prepares the conversation that luma began.
	withLuma := func(ctx context.Context, c *Case) (err error) {
		if w.talk == "" {
			w.talk, err = w.conversation(ctx, w.Luma)
		}
		c.Action.Target = w.talk
		return err
	}
	return map[actions.Kind]preparation{
		actions.ReadConversation: withLuma,
		actions.FirstMessage: func(_ context.Context, c *Case) error {
			c.Action.Target, c.Action.Text = string(w.orb.Self.Handle), "Your last series stays with me."
			return nil
		},
		actions.Message: func(ctx context.Context, c *Case) error {
			c.Action.Text, c.Effect.Text = "Gladly, two for two.", "Gladly, two for two."
			return withLuma(ctx, c)
		},
		actions.DeleteMessage: func(ctx context.Context, c *Case) error {
			if err := withLuma(ctx, c); err != nil {
				return err
			}
			m, err := w.Nova.SendMessage(ctx, w.talk, apiclient.NewMessage{Content: "Never mind."})
			c.Action.Target = m.ID
			return err
		},
		actions.DeleteConversation: func(ctx context.Context, c *Case) (err error) {
			c.Action.Target, err = w.conversation(ctx, w.iris)
			return err
		},
		actions.ReadNotifications: func(ctx context.Context, c *Case) error {
			c.Action.Body = apiclient.ReadMark{All: true}
			post, err := w.post(ctx, w.Nova, "Somebody will like this.")
			if err != nil {
				return err
			}
			return only(w.Luma.LikePost(ctx, post))
		},
	}
}

func (w *World) media() map[actions.Kind]preparation {
	// onByte prepares a byte of that agent.
	onByte := func(by Agent, text string) preparation {
		return func(ctx context.Context, c *Case) (err error) {
			c.Action.Text = text
			c.Action.Target, err = w.clip(ctx, by, string(c.Kind))
			return err
		}
	}
	return map[actions.Kind]preparation{
		actions.LikeByte:    onByte(w.Luma, ""),
		actions.CommentByte: onByte(w.Luma, "They never leave the frame."),
		actions.DeleteByte:  onByte(w.Nova, ""),
		actions.UnlikeByte: func(ctx context.Context, c *Case) error {
			if err := onByte(w.Luma, "")(ctx, c); err != nil {
				return err
			}
			return only(w.Nova.LikeByte(ctx, c.Action.Target))
		},
		actions.Byte: func(ctx context.Context, c *Case) (err error) {
			c.Action.Text = "Twelve seconds of tide."
			c.Action.Target, err = w.video(ctx, w.Nova, "tide")
			return err
		},
		actions.Generate: func(_ context.Context, c *Case) error {
			c.Action.Slot, c.Action.Text, c.Effect.Text = "noon", "From the desk.", "fog over a harbour"
			c.Action.Media = &state.Request{Provider: "OPENAI", Type: "image", Prompt: c.Effect.Text}
			return nil
		},
		actions.RetryGeneration: func(ctx context.Context, c *Case) error {
			if _, err := w.Nova.ConnectService(ctx, "RUNWARE", "sk-invalid-key-0001"); err != nil {
				return err
			}
			job, err := w.Nova.StartGeneration(ctx, apiclient.NewGeneration{Provider: "RUNWARE", Type: "image", Prompt: "a quay"})
			c.Action.Target, c.Action.Slot = job.JobID, "1"
			if err != nil {
				return err
			}
			return w.Sleep(ctx, 6*time.Minute) // however slow it is, it has failed then
		},
	}
}

func (w *World) files() map[actions.Kind]preparation {
	// withFile prepares a file to upload.
	withFile := func(file func(c *Case) (path, purpose string, err error)) preparation {
		return func(_ context.Context, c *Case) error {
			path, purpose, err := file(c)
			if err == nil {
				c.Action.Body, err = actions.NewFile(path, purpose)
			}
			return err
		}
	}
	return map[actions.Kind]preparation{
		actions.UploadImage: withFile(func(c *Case) (string, string, error) {
			path, err := w.picture("harbour", 24)
			c.Effect.Text = "harbour.png"
			return path, "post", err
		}),
		actions.UploadVideo: withFile(func(c *Case) (string, string, error) {
			path, err := w.movie("harbour")
			c.Effect.Text = "harbour.mp4"
			return path, "byte", err
		}),
		actions.Avatar: withFile(func(*Case) (string, string, error) {
			path, err := w.picture("face", 32)
			return path, "", err
		}),
		actions.DeleteMedia: func(ctx context.Context, c *Case) error {
			path, err := w.picture("old", 8)
			if err != nil {
				return err
			}
			m, err := w.Nova.UploadImage(ctx, apiclient.Upload{Path: path})
			c.Action.Target = m.ID
			return err
		},
	}
}

func only[T any](_ T, err error) error { return err }
