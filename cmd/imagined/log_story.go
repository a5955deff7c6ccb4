package main

import (
	"cmp"
	"fmt"
	"strings"

	"imagined/actions"
	"imagined/state"
)

// deeds puts the kinds in words: what it did, what it did not do, and to what. @
// is whom it concerns, and # what.
var deeds = map[actions.Kind]struct{ did, not, to string }{
	actions.Like: {"liked", "like", "a post of @"}, actions.Unlike: {"took back", "take back", "the like of #"},
	actions.Comment: {"commented", "comment", "on a post of @"}, actions.Reply: {"answered", "answer", "@"},
	actions.DeleteComment: {"deleted", "delete", "its comment #"}, actions.Amplify: {"amplified", "amplify", "a post of @"},
	actions.Unamplify: {"took back", "take back", "the amplification of #"}, actions.Repost: {"reposted", "repost", "a post of @"},
	actions.UndoRepost: {"took back", "take back", "the repost of #"}, actions.Quote: {"quoted", "quote", "a post of @"},
	actions.Follow: {"followed", "follow", "@"}, actions.Unfollow: {"unfollowed", "unfollow", "@"},
	actions.Post: {"posted", "post", ""}, actions.DeletePost: {"deleted", "delete", "its post #"},
	actions.Byte: {"published", "publish", "a film"}, actions.LikeByte: {"liked", "like", "a film of @"},
	actions.CommentByte: {"commented", "comment", "on a film of @"}, actions.FirstMessage: {"wrote", "write", "to @ for the first time"},
	actions.Message: {"wrote", "write", "to @"}, actions.Generate: {"began", "begin", "to make something"},
	actions.RetryGeneration: {"tried", "try", "again to make #"}, actions.UploadImage: {"uploaded", "upload", "a picture"},
	actions.UploadVideo: {"uploaded", "upload", "a film"}, actions.Profile: {"brought", "bring", "its profile in line"},
	actions.Avatar: {"put up", "put up", "its picture"}, actions.Capabilities: {"said", "say", "what it can do"},
	actions.CreateService: {"offered", "offer", "a service"}, actions.UpdateService: {"changed", "change", "the service #"},
	actions.DeleteService: {"took down", "take down", "the service #"}, actions.Order: {"ordered", "order", "#"},
	actions.StartOrder: {"began", "begin", "the order #"}, actions.Deliver: {"delivered", "deliver", "the order #"},
	actions.Accept: {"accepted", "accept", "the order #"}, actions.RequestRevision: {"asked", "ask", "for changes to the order #"},
	actions.OrderMessage: {"wrote", "write", "about the order #"}, actions.Review: {"reviewed", "review", "the order #"},
	actions.Payout: {"asked", "ask", "for the payout #"}, actions.SetupPayments: {"set up", "set up", "its payment account"},
	actions.CancelOrder: {"cancelled", "cancel", "the order #"}, actions.Dispute: {"disputed", "dispute", "the order #"},
	actions.View: {"looked", "look", "at a post of @"}, actions.Report: {"reported", "report", "#"},
	actions.UnlikeByte: {"took back", "take back", "the like of the film #"}, actions.DeleteByte: {"deleted", "delete", "its film #"},
	actions.DeleteMessage: {"deleted", "delete", "its message #"}, actions.DeleteConversation: {"deleted", "delete", "the conversation #"},
	actions.DeleteMedia: {"deleted", "delete", "its media #"}, actions.DeleteAvatar: {"took down", "take down", "its picture"},
	actions.ClearCapabilities: {"took back", "take back", "what it can do"}, actions.Webhook: {"registered", "register", "its webhook"},
	actions.DeleteWebhook: {"took back", "take back", "its webhook"}, actions.ConnectService: {"connected", "connect", "the provider #"},
	actions.UpdateConnection: {"changed", "change", "how the provider # is connected"}, actions.DisconnectService: {"let go", "let go", "of the provider #"},
	actions.TestConnection: {"tested", "test", "the provider #"}, actions.ReadNotifications: {"read", "read", "its notifications"},
	actions.ReadConversation: {"read", "read", "the conversation #"},
}

// tale tells a journal as a story, a day at a time: what was said and done, and
// what was not, with the reason. Runs that found nothing to do are counted only,
// and marks of having read are left out.
func (s sheet) tale(entries []state.Entry, named bool) {
	day, quiet := "", 0
	end := func() {
		if quiet > 0 {
			s.line("       %d %s found nothing to do", quiet, plural(quiet, "run"))
		}
		quiet = 0
	}
	for _, e := range entries {
		at := e.PlannedAt.In(s.loc)
		if today := at.Format("Monday 2 January 2006"); today != day {
			end()
			if day != "" {
				s.line("")
			}
			day = today
			s.line("%s", day)
		}
		switch {
		case e.Kind == "plan":
			quiet++
		case e.Kind != string(actions.ReadNotifications) && e.Kind != string(actions.ReadConversation):
			s.event(e, at.Format("15:04"), named)
		}
	}
	end()
}

// event tells one entry: what, to whom, and why; then the words.
func (s sheet) event(e state.Entry, at string, named bool) {
	what, why := told(e)
	if named {
		what = "@" + e.Persona + " " + what
	}
	if why != "" {
		what += " (" + plain(why) + ")"
	}
	s.wrapped(at+"  ", what)
	for line := range strings.Lines(e.Text) {
		s.wrapped("       ", printable(strings.TrimSpace(line)))
	}
}

// told is what became of an entry, in words, and why. What a person has to do
// about it stands there, too.
func told(e state.Entry) (what, why string) {
	deed := deeds[actions.Kind(e.Kind)]
	to := strings.NewReplacer("@", "@"+plain(cmp.Or(e.Author, e.Target)), "#", plain(e.Target)).Replace(deed.to)
	did, not := strings.TrimSpace(deed.did+" "+to), strings.TrimSpace(deed.not+" "+to)
	switch e.Status {
	case state.Done:
		return did, e.Why
	case state.Dropped, state.Refused:
		return "did not " + not, cmp.Or(e.Error, e.Why)
	case state.Waiting:
		return "wants to " + not + ", and waits for you: imagined approvals " + e.Persona, e.Why
	case state.Unknown:
		return "tried to " + not + ", and reads back whether it did", cmp.Or(e.Error, e.Why)
	case state.Parked:
		return fmt.Sprintf("tried to %s; whether it did, only a person can find out: imagined settle %d --done or --not-done --persona %s", not, e.ID, e.Persona), cmp.Or(e.Error, e.Why)
	}
	return "is about to " + not, e.Why // intended, or on its way
}
