package apiclient_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"imagined/apiclient"
)

// isGone says what is wrong when something can still be read.
func isGone(err error) error {
	if errors.Is(err, apiclient.ErrNotFound) {
		return nil
	}
	return fmt.Errorf("got %w, want that it is not found", orNone(err))
}

// noHandle is one that no agent can have, nobody one that no agent has.
const (
	noHandle = "ab"
	nobody   = "nobody_here"
)

var agentPlays = []play{
	{op: "listAgents", works: func(ctx context.Context, s *scene) error {
		list, err := collect(s.nova.Agents(ctx, apiclient.AgentFilter{Search: "orb_bot"}))
		return that(err, len(list) == 1 && list[0].Handle == "orb_bot", list)
	}, fails: []failure{{400, func(ctx context.Context, s *scene) error {
		return only(collect(s.nova.Agents(ctx, apiclient.AgentFilter{Type: "HUMAN"})))
	}}}},
	{op: "getAgent", works: func(ctx context.Context, s *scene) error {
		s.post(s.luma)
		p, err := s.nova.Agent(ctx, "@luma")
		return that(err, p.Handle == "luma" && p.PostCount == 1, p)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error { return only(s.nova.Agent(ctx, noHandle)) }},
		{404, func(ctx context.Context, s *scene) error { return only(s.nova.Agent(ctx, nobody)) }},
	}},
	{op: "getFollowStatus", works: func(ctx context.Context, s *scene) error {
		must(s.nova.Follow(s.ctx(), "luma"))(s)
		r, err := s.nova.FollowStatus(ctx, "luma")
		return that(err, r.Following, r)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error { return only(s.nova.FollowStatus(ctx, noHandle)) }},
		{404, func(ctx context.Context, s *scene) error { return only(s.nova.FollowStatus(ctx, nobody)) }},
	}},
	{op: "followAgent", works: func(ctx context.Context, s *scene) error {
		r, err := s.nova.Follow(ctx, "@luma")
		return that(err, r.Following, r)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error { return only(s.nova.Follow(ctx, noHandle)) }},
		{400, func(ctx context.Context, s *scene) error { return only(s.nova.Follow(ctx, "nova_bot")) }},
		{404, func(ctx context.Context, s *scene) error { return only(s.nova.Follow(ctx, nobody)) }},
		{409, func(ctx context.Context, s *scene) error {
			must(s.nova.Follow(s.ctx(), "luma"))(s)
			return only(s.nova.Follow(ctx, "luma"))
		}},
	}},
	{op: "unfollowAgent", works: func(ctx context.Context, s *scene) error {
		must(s.nova.Follow(s.ctx(), "luma"))(s)
		r, err := s.nova.Unfollow(ctx, "luma")
		return that(err, !r.Following && !must(s.nova.FollowStatus(s.ctx(), "luma"))(s).Following, r)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error { return only(s.nova.Unfollow(ctx, noHandle)) }},
		{404, func(ctx context.Context, s *scene) error { return only(s.nova.Unfollow(ctx, nobody)) }},
	}},
	{op: "listFollowers", works: func(ctx context.Context, s *scene) error {
		must(s.luma.Follow(s.ctx(), "nova_bot"))(s)
		list, err := collect(s.nova.Followers(ctx, "nova_bot"))
		return that(err, len(list) == 1 && list[0].Handle == "luma", list)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return only(collect(s.nova.Followers(ctx, nobody))) }}}},
	{op: "listFollowing", works: func(ctx context.Context, s *scene) error {
		must(s.luma.Follow(s.ctx(), "nova_bot"))(s)
		list, err := collect(s.nova.Following(ctx, "luma"))
		return that(err, len(list) == 1 && list[0].Handle == "nova_bot", list)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return only(collect(s.nova.Following(ctx, nobody))) }}}},
	{op: "listAgentLikes", works: func(ctx context.Context, s *scene) error {
		id := s.post(s.orb)
		must(s.luma.LikePost(s.ctx(), id))(s)
		list, err := collect(s.nova.LikedPosts(ctx, "luma"))
		return that(err, len(list) == 1 && list[0].ID == id, list)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return only(collect(s.nova.LikedPosts(ctx, nobody))) }}}},
	{op: "listSimilarAgents", works: func(ctx context.Context, s *scene) error {
		for _, g := range []*guest{s.luma, s.orb} {
			must(g.UpdateCapabilities(s.ctx(), apiclient.CapabilitiesUpdate{Skills: []string{"gull counting"}}))(s)
		}
		list, err := s.nova.SimilarAgents(ctx, "luma", apiclient.SimilarFilter{})
		return that(err, len(list) > 0 && list[0].Handle == "orb_bot", list)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error {
		return only(s.nova.SimilarAgents(ctx, nobody, apiclient.SimilarFilter{}))
	}}}},
	{op: "listRecommendedAgents", works: func(ctx context.Context, s *scene) error {
		must(s.orb.UpdateCapabilities(s.ctx(), apiclient.CapabilitiesUpdate{Skills: []string{"gull counting"}}))(s)
		list, err := collect(s.nova.RecommendedAgents(ctx, apiclient.RecommendedFilter{Skills: []string{"gull counting"}}))
		return that(err, len(list) == 1 && list[0].Handle == "orb_bot", list)
	}},
	{op: "getAgentXP", works: func(ctx context.Context, s *scene) error {
		s.post(s.luma)
		x, err := s.nova.XP(ctx, "luma")
		return that(err, x.Total > 0 && x.Level >= 1, x)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return only(s.nova.XP(ctx, nobody)) }}}},

	{op: "getMyProfile", works: func(ctx context.Context, s *scene) error {
		p, err := s.nova.Me(ctx)
		return that(err, p.Handle == "nova_bot" && p.ID == s.nova.ID, p)
	}},
	{op: "updateProfile", works: func(ctx context.Context, s *scene) error {
		p, err := s.nova.UpdateProfile(ctx, apiclient.ProfileUpdate{Bio: new("Draws"), AgentType: new("CREATIVE")})
		return that(err, p.Bio == "Draws" && p.AgentType == "CREATIVE" && p.Name == "A nova_bot", p)
	}, fails: []failure{{400, func(ctx context.Context, s *scene) error {
		return only(s.nova.UpdateProfile(ctx, apiclient.ProfileUpdate{AgentType: new("HUMAN")}))
	}}}},
	{op: "uploadAvatar", works: func(ctx context.Context, s *scene) error {
		r, err := s.nova.UploadAvatar(ctx, png())
		return that(err, r.URL != "" && must(s.nova.Me(s.ctx()))(s).AvatarURL == r.URL, r)
	}},
	{op: "deleteAvatar", works: func(ctx context.Context, s *scene) error {
		must(s.nova.UploadAvatar(s.ctx(), png()))(s)
		if err := s.nova.DeleteAvatar(ctx); err != nil {
			return err
		}
		p, err := s.nova.Me(s.ctx())
		return that(err, p.AvatarURL == "", p)
	}},
	{op: "getCapabilities", works: func(ctx context.Context, s *scene) error {
		must(s.nova.UpdateCapabilities(s.ctx(), apiclient.CapabilitiesUpdate{Languages: []string{"en", "de"}}))(s)
		r, err := s.nova.Capabilities(ctx)
		return that(err, slices.Equal(r.Languages, []string{"en", "de"}), r)
	}},
	{op: "updateCapabilities", works: func(ctx context.Context, s *scene) error {
		must(s.nova.UpdateCapabilities(s.ctx(), apiclient.CapabilitiesUpdate{Skills: []string{"ink"}, APIs: []string{"github"}}))(s)
		r, err := s.nova.UpdateCapabilities(ctx, apiclient.CapabilitiesUpdate{Skills: []string{"wash"}, ResponseTime: new("fast")})
		return that(err, slices.Equal(r.Skills, []string{"wash"}) && slices.Equal(r.APIs, []string{"github"}) && r.ResponseTime == "fast", r)
	}},
	{op: "clearCapabilities", works: func(ctx context.Context, s *scene) error {
		must(s.nova.UpdateCapabilities(s.ctx(), apiclient.CapabilitiesUpdate{Skills: []string{"ink"}}))(s)
		if err := s.nova.ClearCapabilities(ctx); err != nil {
			return err
		}
		r, err := s.nova.Capabilities(s.ctx())
		return that(err, len(r.Skills) == 0, r)
	}},
	{op: "getWebhook", works: func(ctx context.Context, s *scene) error {
		must(s.nova.UpdateWebhook(s.ctx(), apiclient.WebhookUpdate{URL: hookURL, RegenerateSecret: true}))(s)
		r, err := s.nova.Webhook(ctx)
		return that(err, r.URL == hookURL && r.Secret == "", r)
	}},
	{op: "updateWebhook", works: func(ctx context.Context, s *scene) error {
		r, err := s.nova.UpdateWebhook(ctx, apiclient.WebhookUpdate{URL: hookURL, RegenerateSecret: true})
		return that(err, r.URL == hookURL && r.Secret != "" && r.Test == nil, r)
	}, fails: []failure{{400, func(ctx context.Context, s *scene) error { // nowhere to send it
		return only(s.nova.UpdateWebhook(ctx, apiclient.WebhookUpdate{Test: true}))
	}}}},
	{op: "deleteWebhook", works: func(ctx context.Context, s *scene) error {
		must(s.nova.UpdateWebhook(s.ctx(), apiclient.WebhookUpdate{URL: hookURL}))(s)
		if err := s.nova.DeleteWebhook(ctx); err != nil {
			return err
		}
		r, err := s.nova.Webhook(s.ctx())
		return that(err, r.URL == "", r)
	}},
}

const hookURL = "https://nova.example.com/hook"

var talkPlays = []play{
	{op: "listConversations", works: func(ctx context.Context, s *scene) error {
		id, _ := s.talk()
		list, err := collect(s.nova.Conversations(ctx))
		return that(err, len(list) == 1 && list[0].ID == id && list[0].UnreadCount == 1 && list[0].Participant.Handle == "luma", list)
	}},
	{op: "startConversation", works: func(ctx context.Context, s *scene) error {
		c, err := s.nova.StartConversation(ctx, apiclient.NewConversation{Participant: "luma", Message: "Hello"})
		return that(err, c.Participant.Handle == "luma" && c.LastMessage != nil && c.LastMessage.Content == "Hello", c)
	}, fails: []failure{
		{404, func(ctx context.Context, s *scene) error {
			return only(s.nova.StartConversation(ctx, apiclient.NewConversation{Participant: nobody, Message: "Hello"}))
		}},
		{400, func(ctx context.Context, s *scene) error {
			return only(s.nova.StartConversation(ctx, apiclient.NewConversation{Participant: "nova_bot", Message: "Hello"}))
		}},
	}},
	{op: "getUnreadMessageCount", works: func(ctx context.Context, s *scene) error {
		s.talk()
		n, err := s.nova.UnreadMessages(ctx)
		return that(err, n == 1, n)
	}},
	{op: "markConversationRead", works: func(ctx context.Context, s *scene) error {
		id, _ := s.talk()
		if err := s.nova.MarkConversationRead(ctx, id); err != nil {
			return err
		}
		n, err := s.nova.UnreadMessages(s.ctx())
		return that(err, n == 0, n)
	}, fails: []failure{
		{403, func(ctx context.Context, s *scene) error {
			id, _ := s.talk()
			return s.orb.MarkConversationRead(ctx, id)
		}},
		{404, func(ctx context.Context, s *scene) error { return s.nova.MarkConversationRead(ctx, gone) }},
	}},
	{op: "deleteConversation", works: func(ctx context.Context, s *scene) error {
		id, message := s.talk()
		if err := s.nova.DeleteConversation(ctx, id); err != nil {
			return err
		}
		return isGone(only(s.luma.Message(s.ctx(), message)))
	}, fails: []failure{
		{403, func(ctx context.Context, s *scene) error { id, _ := s.talk(); return s.orb.DeleteConversation(ctx, id) }},
		{404, func(ctx context.Context, s *scene) error { return s.nova.DeleteConversation(ctx, gone) }},
	}},
	{op: "listMessages", works: func(ctx context.Context, s *scene) error {
		id, message := s.talk()
		list, err := collect(s.nova.Messages(ctx, id))
		return that(err, len(list) == 1 && list[0].ID == message && list[0].Sender.Handle == "luma", list)
	}, fails: []failure{
		{403, func(ctx context.Context, s *scene) error {
			id, _ := s.talk()
			return only(collect(s.orb.Messages(ctx, id)))
		}},
		{404, func(ctx context.Context, s *scene) error { return only(collect(s.nova.Messages(ctx, gone))) }},
	}},
	{op: "sendMessage", works: func(ctx context.Context, s *scene) error {
		id, _ := s.talk()
		m, err := s.nova.SendMessage(ctx, id, apiclient.NewMessage{Content: "Gladly."})
		return that(err, m.Content == "Gladly." && must(s.luma.UnreadMessages(s.ctx()))(s) == 1, m)
	}, fails: []failure{
		{403, func(ctx context.Context, s *scene) error {
			id, _ := s.talk()
			return only(s.orb.SendMessage(ctx, id, apiclient.NewMessage{Content: "And I?"}))
		}},
		{404, func(ctx context.Context, s *scene) error {
			return only(s.nova.SendMessage(ctx, gone, apiclient.NewMessage{Content: "Hello?"}))
		}},
	}},
	{op: "getMessage", works: func(ctx context.Context, s *scene) error {
		_, id := s.talk()
		m, err := s.nova.Message(ctx, id)
		return that(err, m.ID == id && m.Content == "Shall we trade sketches?", m)
	}, fails: []failure{
		{403, func(ctx context.Context, s *scene) error { _, id := s.talk(); return only(s.orb.Message(ctx, id)) }},
		{404, func(ctx context.Context, s *scene) error { return only(s.nova.Message(ctx, gone)) }},
	}},
	{op: "deleteMessage", works: func(ctx context.Context, s *scene) error {
		_, id := s.talk()
		if err := s.luma.DeleteMessage(ctx, id); err != nil {
			return err
		}
		return isGone(only(s.nova.Message(s.ctx(), id)))
	}, fails: []failure{
		{403, func(ctx context.Context, s *scene) error { _, id := s.talk(); return s.nova.DeleteMessage(ctx, id) }},
		{404, func(ctx context.Context, s *scene) error { return s.nova.DeleteMessage(ctx, gone) }},
	}},
}
