package apiclient_test

import (
	"context"
	"slices"

	"imagined/apiclient"
)

// gone is an id that nothing has.
const gone = "nothing_1"

var authPlays = []play{
	{op: "registerAgent", works: func(ctx context.Context, s *scene) error {
		a, err := s.client("", "").Register(ctx, apiclient.NewAgent{Handle: "newcomer", Name: "New", Bio: "Draws", AgentType: "CREATIVE"})
		return that(err, a.ID != "" && a.Handle == "newcomer" && a.ClientID != "" && a.ClientSecret != "", a)
	}, fails: []failure{
		{409, func(ctx context.Context, s *scene) error {
			return only(s.client("", "").Register(ctx, apiclient.NewAgent{Handle: "luma", Name: "Another"}))
		}},
		{400, func(ctx context.Context, s *scene) error {
			return only(s.client("", "").Register(ctx, apiclient.NewAgent{Handle: "newcomer", Name: "New", AgentType: "HUMAN"}))
		}},
	}},
	{op: "createToken", works: func(ctx context.Context, s *scene) error {
		k, err := s.nova.CreateToken(ctx, apiclient.TokenRequest{GrantType: "client_credentials", ClientID: s.nova.ClientID, ClientSecret: s.nova.ClientSecret})
		return that(err, k.AccessToken != "" && k.RefreshToken != "" && k.ExpiresIn == 3600, k)
	}, fails: []failure{
		{401, func(ctx context.Context, s *scene) error {
			return only(s.nova.CreateToken(ctx, apiclient.TokenRequest{GrantType: "client_credentials", ClientID: s.nova.ClientID, ClientSecret: "guess"}))
		}},
		{401, func(ctx context.Context, s *scene) error {
			return only(s.nova.CreateToken(ctx, apiclient.TokenRequest{GrantType: "refresh_token", RefreshToken: "iar_guess"}))
		}},
		{400, func(ctx context.Context, s *scene) error {
			return only(s.nova.CreateToken(ctx, apiclient.TokenRequest{GrantType: "password"}))
		}},
	}},
}

var postPlays = []play{
	{op: "listPosts", works: func(ctx context.Context, s *scene) error {
		id := s.post(s.luma)
		list, err := collect(s.nova.PublicTimeline(ctx))
		return that(err, len(list) > 1 && list[0].ID == id, list)
	}},
	{op: "getFeed", works: func(ctx context.Context, s *scene) error {
		s.post(s.orb)
		id := s.post(s.luma)
		must(s.nova.Follow(s.ctx(), "luma"))(s)
		list, err := collect(s.nova.Feed(ctx))
		return that(err, len(list) == 1 && list[0].ID == id, list)
	}},
	{op: "getPost", works: func(ctx context.Context, s *scene) error {
		id := s.post(s.luma)
		p, err := s.nova.Post(ctx, id)
		return that(err, p.ID == id && p.Agent.Handle == "luma" && slices.Equal(p.Hashtags, []string{"bay"}), p)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return only(s.nova.Post(ctx, gone)) }}}},
	{op: "createPost", works: func(ctx context.Context, s *scene) error {
		image := s.image(s.nova)
		p, err := s.nova.CreatePost(ctx, apiclient.NewPost{Content: "For @luma", MediaIDs: []string{image, image}})
		return that(err, p.MediaType == "IMAGE" && len(p.MediaURLs) == 2 && slices.Equal(p.Mentions, []apiclient.Handle{"luma"}), p)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error { // somebody else's
			return only(s.nova.CreatePost(ctx, apiclient.NewPost{Content: "Look", MediaIDs: []string{s.image(s.luma)}}))
		}},
		{400, func(ctx context.Context, s *scene) error { // not both
			return only(s.nova.CreatePost(ctx, apiclient.NewPost{Content: "Look", MediaIDs: []string{s.image(s.nova), s.video(s.nova, "post")}}))
		}},
	}},
	{op: "deletePost", works: func(ctx context.Context, s *scene) error {
		id := s.post(s.nova)
		if err := s.nova.DeletePost(ctx, id); err != nil {
			return err
		}
		return isGone(only(s.nova.Post(s.ctx(), id)))
	}, fails: []failure{
		{403, func(ctx context.Context, s *scene) error { return s.nova.DeletePost(ctx, s.post(s.luma)) }},
		{404, func(ctx context.Context, s *scene) error { return s.nova.DeletePost(ctx, gone) }},
	}},
	{op: "recordView", works: func(ctx context.Context, s *scene) error {
		id := s.post(s.luma)
		before := must(s.nova.Post(s.ctx(), id))(s).ViewCount
		if err := s.nova.RecordView(ctx, id); err != nil {
			return err
		}
		p, err := s.nova.Post(s.ctx(), id)
		return that(err, p.ViewCount == before+1, p)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return s.nova.RecordView(ctx, gone) }}}},
	{op: "likePost", works: func(ctx context.Context, s *scene) error {
		r, err := s.nova.LikePost(ctx, s.post(s.luma))
		return that(err, r.Liked && r.LikeCount == 1, r)
	}, fails: []failure{
		{404, func(ctx context.Context, s *scene) error { return only(s.nova.LikePost(ctx, gone)) }},
		{409, func(ctx context.Context, s *scene) error {
			id := s.post(s.luma)
			must(s.nova.LikePost(s.ctx(), id))(s)
			return only(s.nova.LikePost(ctx, id))
		}},
	}},
	{op: "unlikePost", works: func(ctx context.Context, s *scene) error {
		id := s.post(s.luma)
		must(s.nova.LikePost(s.ctx(), id))(s)
		r, err := s.nova.UnlikePost(ctx, id)
		return that(err, !r.Liked && r.LikeCount == 0, r)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return only(s.nova.UnlikePost(ctx, gone)) }}}},
	{op: "listPostLikes", works: func(ctx context.Context, s *scene) error {
		id := s.post(s.luma)
		must(s.orb.LikePost(s.ctx(), id))(s)
		list, err := collect(s.nova.PostLikes(ctx, id))
		return that(err, len(list) == 1 && list[0].Agent.Handle == "orb_bot" && !list[0].LikedAt.IsZero(), list)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return only(collect(s.nova.PostLikes(ctx, gone))) }}}},
	{op: "amplifyPost", works: func(ctx context.Context, s *scene) error {
		r, err := s.nova.AmplifyPost(ctx, s.post(s.luma))
		return that(err, r.Amplified && r.AmplifyCount == 1, r)
	}, fails: []failure{
		{404, func(ctx context.Context, s *scene) error { return only(s.nova.AmplifyPost(ctx, gone)) }},
		{409, func(ctx context.Context, s *scene) error {
			id := s.post(s.luma)
			must(s.nova.AmplifyPost(s.ctx(), id))(s)
			return only(s.nova.AmplifyPost(ctx, id))
		}},
	}},
	{op: "removeAmplify", works: func(ctx context.Context, s *scene) error {
		id := s.post(s.luma)
		must(s.nova.AmplifyPost(s.ctx(), id))(s)
		r, err := s.nova.RemoveAmplify(ctx, id)
		return that(err, !r.Amplified && r.AmplifyCount == 0, r)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return only(s.nova.RemoveAmplify(ctx, gone)) }}}},
	{op: "listComments", works: func(ctx context.Context, s *scene) error {
		post := s.post(s.luma)
		id := s.comment(s.orb, post)
		list, err := collect(s.nova.Comments(ctx, post))
		return that(err, len(list) == 1 && list[0].ID == id, list)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return only(collect(s.nova.Comments(ctx, gone))) }}}},
	{op: "createComment", works: func(ctx context.Context, s *scene) error {
		post := s.post(s.luma)
		parent := s.comment(s.luma, post)
		m, err := s.nova.CreateComment(ctx, post, apiclient.NewComment{Content: "And patient.", ParentID: parent})
		return that(err, m.ID != "" && m.ParentID == parent && m.Content == "And patient." && m.Agent.Handle == "nova_bot", m)
	}, fails: []failure{
		{404, func(ctx context.Context, s *scene) error {
			return only(s.nova.CreateComment(ctx, gone, apiclient.NewComment{Content: "Hello?"}))
		}},
		{400, func(ctx context.Context, s *scene) error { // a comment on another post
			return only(s.nova.CreateComment(ctx, s.post(s.luma), apiclient.NewComment{Content: "Hm", ParentID: s.comment(s.orb, s.post(s.luma))}))
		}},
	}},
	{op: "deleteComment", works: func(ctx context.Context, s *scene) error {
		post := s.post(s.luma)
		id := s.comment(s.nova, post)
		must(s.orb.CreateComment(s.ctx(), post, apiclient.NewComment{Content: "Agreed.", ParentID: id}))(s)
		if err := s.nova.DeleteComment(ctx, post, id); err != nil {
			return err
		}
		list, err := collect(s.nova.Comments(s.ctx(), post))
		return that(err, len(list) == 0, list) // the reply went with it
	}, fails: []failure{
		{403, func(ctx context.Context, s *scene) error {
			post := s.post(s.luma)
			return s.nova.DeleteComment(ctx, post, s.comment(s.orb, post))
		}},
		{404, func(ctx context.Context, s *scene) error { return s.nova.DeleteComment(ctx, s.post(s.luma), gone) }},
	}},
	{op: "repostPost", works: func(ctx context.Context, s *scene) error {
		id := s.post(s.luma)
		p, err := s.nova.Repost(ctx, id)
		return that(err, p.RepostOf != nil && p.RepostOf.ID == id && !p.IsQuote, p)
	}, fails: []failure{
		{404, func(ctx context.Context, s *scene) error { return only(s.nova.Repost(ctx, gone)) }},
		{409, func(ctx context.Context, s *scene) error {
			id := s.post(s.luma)
			must(s.nova.Repost(s.ctx(), id))(s)
			return only(s.nova.Repost(ctx, id))
		}},
	}},
	{op: "undoRepost", works: func(ctx context.Context, s *scene) error {
		id := s.post(s.luma)
		must(s.nova.Repost(s.ctx(), id))(s)
		r, err := s.nova.UndoRepost(ctx, id)
		return that(err, !r.Reposted && r.RepostCount == 0, r)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return only(s.nova.UndoRepost(ctx, gone)) }}}},
	{op: "quotePost", works: func(ctx context.Context, s *scene) error {
		id := s.post(s.luma)
		p, err := s.nova.QuotePost(ctx, id, apiclient.NewQuote{Content: "Worth a second look."})
		return that(err, p.IsQuote && p.RepostOf != nil && p.RepostOf.ID == id && p.Content == "Worth a second look.", p)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error {
		return only(s.nova.QuotePost(ctx, gone, apiclient.NewQuote{Content: "Hello?"}))
	}}}},
	{op: "listReposts", works: func(ctx context.Context, s *scene) error {
		id := s.post(s.luma)
		must(s.orb.Repost(s.ctx(), id))(s)
		must(s.nova.QuotePost(s.ctx(), id, apiclient.NewQuote{Content: "Look."}))(s)
		list, err := collect(s.nova.Reposts(ctx, id))
		return that(err, len(list) == 2 && list[0].IsQuote != list[1].IsQuote, list)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return only(collect(s.nova.Reposts(ctx, gone))) }}}},
}

var findPlays = []play{
	{op: "search", works: func(ctx context.Context, s *scene) error {
		id := s.post(s.luma)
		r, err := s.nova.Search(ctx, "first light")
		return that(err, len(r.Posts) == 1 && r.Posts[0].ID == id && len(r.Agents) == 0, r)
	}, fails: []failure{{400, func(ctx context.Context, s *scene) error { return only(s.nova.Search(ctx, " ")) }}}},
	{op: "getExplore", works: func(ctx context.Context, s *scene) error {
		r, err := s.nova.Explore(ctx, "posts")
		return that(err, len(r.TrendingPosts) > 0 && len(r.PopularAgents) == 0, r)
	}, fails: []failure{{400, func(ctx context.Context, s *scene) error { return only(s.nova.Explore(ctx, "rumours")) }}}},
	{op: "listTrendingHashtags", works: func(ctx context.Context, s *scene) error {
		s.post(s.luma)
		list, err := s.nova.TrendingHashtags(apiclient.PageSize(ctx, 100))
		return that(err, slices.Contains(list, apiclient.Hashtag{Name: "bay", PostCount: 1}), list)
	}},
	{op: "listHashtagPosts", works: func(ctx context.Context, s *scene) error {
		id := s.post(s.luma)
		list, err := collect(s.nova.HashtagPosts(ctx, "#bay"))
		return that(err, len(list) == 1 && list[0].ID == id, list)
	}},
	{op: "listNotifications", works: func(ctx context.Context, s *scene) error {
		id := s.post(s.nova)
		must(s.luma.LikePost(s.ctx(), id))(s)
		list, err := collect(s.nova.Notifications(ctx))
		return that(err, len(list) == 1 && list[0].Type == "LIKE" && list[0].PostID == id && list[0].Agent.Handle == "luma" && !list[0].IsRead, list)
	}},
	{op: "getNotificationCount", works: func(ctx context.Context, s *scene) error {
		must(s.luma.Follow(s.ctx(), "nova_bot"))(s)
		n, err := s.nova.UnreadNotifications(ctx)
		return that(err, n == 1, n)
	}},
	{op: "markNotificationsRead", works: func(ctx context.Context, s *scene) error {
		must(s.luma.Follow(s.ctx(), "nova_bot"))(s)
		must(s.luma.LikePost(s.ctx(), s.post(s.nova)))(s)
		id := must(collect(s.nova.Notifications(s.ctx())))(s)[0].ID
		if err := s.nova.MarkNotificationsRead(ctx, apiclient.ReadMark{IDs: []string{id}}); err != nil {
			return err
		}
		n, err := s.nova.UnreadNotifications(s.ctx())
		return that(err, n == 1, n)
	}},
	{op: "getAnalyticsOverview", works: func(ctx context.Context, s *scene) error {
		must(s.luma.LikePost(s.ctx(), s.post(s.nova)))(s)
		r, err := s.nova.AnalyticsOverview(ctx, "7d")
		return that(err, r.Current != nil && r.Current.Posts == 1 && r.Current.Likes == 1 && r.Previous != nil && r.Previous.Posts == 0, r)
	}, fails: []failure{{400, func(ctx context.Context, s *scene) error { return only(s.nova.AnalyticsOverview(ctx, "1y")) }}}},
	{op: "listPostPerformance", works: func(ctx context.Context, s *scene) error {
		liked := s.post(s.nova)
		s.post(s.nova)
		must(s.luma.LikePost(s.ctx(), liked))(s)
		list, err := s.nova.PostPerformance(ctx, "likes")
		return that(err, len(list) == 2 && list[0].ID == liked && list[0].LikeCount == 1, list)
	}, fails: []failure{{400, func(ctx context.Context, s *scene) error { return only(s.nova.PostPerformance(ctx, "luck")) }}}},
}
