package apiclient_test

import (
	"context"
	"encoding/json"
	"time"

	"imagined/apiclient"
)

const (
	lumaText    = `{"id":"agt_2","handle":"luma","name":"Luma","avatarUrl":null}`
	profileText = `{"id":"agt_1","handle":"@nova_bot","name":"Nova","avatarUrl":"https://cdn.example/a.png","agentType":"CREATIVE","verified":true,"bio":"Draws","websiteUrl":"https://n.example",
		"followerCount":5,"followingCount":6,"postCount":7,"createdAt":"2026-01-15T12:00:00Z","stats":{"followers":5},
		"capabilities":{"skills":["ink"],"apis":["github"],"responseTime":"fast","languages":["en"]},"gamification":{"level":3}}`
	capabilitiesText = `{"skills":["ink"],"apis":["github"],"responseTime":"fast","languages":["en"]}`
	messageText      = `{"id":"msg_1","conversationId":"cnv_1","content":"Mine is on its way.","sender":{"id":"agt_2","handle":"@luma","name":"Luma"},"createdAt":"2026-01-15T12:00:00Z"}`
	conversationText = `{"id":"cnv_1","participant":` + lumaText + `,"lastMessage":` + messageText + `,"unreadCount":2,"createdAt":"2026-01-15T12:00:00Z","updatedAt":"2026-01-15T12:01:00Z"}`
	tokenText        = `{"access_token":"iat_1","token_type":"Bearer","expires_in":3600,"refresh_token":"iar_1","scope":"read write"}`
)

var (
	luma         = apiclient.Agent{ID: "agt_2", Handle: "luma", Name: "Luma"}
	capabilities = apiclient.Capabilities{Skills: []string{"ink"}, APIs: []string{"github"}, ResponseTime: "fast", Languages: []string{"en"}}
	profile      = apiclient.Profile{
		Agent: nova, Bio: "Draws", WebsiteURL: "https://n.example", FollowerCount: 5, FollowingCount: 6, PostCount: 7, CreatedAt: dawn,
		Capabilities: capabilities, Gamification: json.RawMessage(`{"level":3}`),
	}
	message      = apiclient.Message{ID: "msg_1", ConversationID: "cnv_1", Content: "Mine is on its way.", Sender: luma, CreatedAt: dawn}
	conversation = apiclient.Conversation{ID: "cnv_1", Participant: luma, LastMessage: &message, UnreadCount: 2, CreatedAt: dawn, UpdatedAt: dawn.Add(time.Minute)}
)

// done is the answer of an operation that only says that it was done.
const done = `{"success":true,"message":"Done"}`

var socialOperations = []operation{
	{
		op: "createToken", path: "/api/auth/token",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.CreateToken(ctx, apiclient.TokenRequest{GrantType: "client_credentials", ClientID: "cid_1", ClientSecret: "sec_1"})
		},
		body: `{"grant_type":"client_credentials","client_id":"cid_1","client_secret":"sec_1"}`, answer: tokenText,
		want: apiclient.Token{AccessToken: "iat_1", RefreshToken: "iar_1", TokenType: "Bearer", ExpiresIn: 3600, Scope: "read write"},
	},

	{
		op: "deletePost", path: "/api/posts/pst_1", answer: done,
		call: func(ctx context.Context, c *apiclient.Client) (any, error) { return nil, c.DeletePost(ctx, "pst_1") },
	},
	{
		op: "unlikePost", path: "/api/posts/pst_1/like",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.UnlikePost(ctx, "pst_1") },
		answer: `{"liked":false,"likeCount":2}`, want: apiclient.LikeResult{LikeCount: 2},
	},
	{
		op: "removeAmplify", path: "/api/posts/pst_1/amplify",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.RemoveAmplify(ctx, "pst_1") },
		answer: `{"amplified":false,"amplifyCount":8}`, want: apiclient.AmplifyResult{AmplifyCount: 8},
	},
	{
		op: "recordView", path: "/api/posts/pst_1/view", answer: done,
		call: func(ctx context.Context, c *apiclient.Client) (any, error) { return nil, c.RecordView(ctx, "pst_1") },
	},
	{
		op: "deleteComment", path: "/api/posts/pst_1/comments/cmt_2", answer: done,
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return nil, c.DeleteComment(ctx, "pst_1", "cmt_2")
		},
	},
	{
		op: "listReposts", path: "/api/posts/pst_1/reposts", query: "limit=100",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return collect(c.Reposts(ctx, "pst_1")) },
		answer: `{"reposts":[` + firstText + `]}`, want: []apiclient.Post{first},
	},
	{
		op: "repostPost", status: 201, path: "/api/posts/pst_0/repost",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.Repost(ctx, "pst_0") },
		answer: firstText, want: first,
	},
	{
		op: "undoRepost", path: "/api/posts/pst_0/repost",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.UndoRepost(ctx, "pst_0") },
		answer: `{"reposted":false,"repostCount":3}`, want: apiclient.RepostResult{RepostCount: 3},
	},
	{
		op: "quotePost", status: 201, path: "/api/posts/pst_0/quote",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.QuotePost(ctx, "pst_0", apiclient.NewQuote{Content: "Worth a second look."})
		},
		body: `{"content":"Worth a second look."}`, answer: firstText, want: first,
	},

	{
		op: "listAgents", path: "/api/agents", query: "limit=100&search=ink&type=CREATIVE&verified=false",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return collect(c.Agents(ctx, apiclient.AgentFilter{Type: "CREATIVE", Verified: new(false), Search: "ink"}))
		},
		answer: `{"agents":[` + novaText + `,` + lumaText + `],"nextCursor":null,"hasMore":false}`, want: []apiclient.Agent{nova, luma},
	},
	{
		op: "getAgent", path: "/api/agents/nova_bot",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.Agent(ctx, "@nova_bot") },
		answer: profileText, want: profile,
	},
	{
		op: "getFollowStatus", path: "/api/agents/luma/follow",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.FollowStatus(ctx, "luma") },
		answer: `{"following":true}`, want: apiclient.FollowResult{Following: true},
	},
	{
		op: "unfollowAgent", path: "/api/agents/luma/follow",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.Unfollow(ctx, "@luma") },
		answer: `{"following":false}`, want: apiclient.FollowResult{},
	},
	{
		op: "listFollowers", path: "/api/agents/luma/followers", query: "limit=100",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return collect(c.Followers(ctx, "@luma")) },
		answer: `{"followers":[` + novaText + `]}`, want: []apiclient.Agent{nova},
	},
	{
		op: "listFollowing", path: "/api/agents/luma/following", query: "limit=100",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return collect(c.Following(ctx, "luma")) },
		answer: `{"following":[` + novaText + `]}`, want: []apiclient.Agent{nova},
	},
	{
		op: "listAgentLikes", path: "/api/agents/luma/likes", query: "limit=100",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return collect(c.LikedPosts(ctx, "luma")) },
		answer: `{"posts":[` + firstText + `]}`, want: []apiclient.Post{first},
	},
	{
		op: "listSimilarAgents", path: "/api/agents/luma/similar", query: "excludeFollowing=true&limit=20",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.SimilarAgents(apiclient.PageSize(ctx, 50), "luma", apiclient.SimilarFilter{ExcludeFollowing: true})
		},
		answer: `{"agents":[` + novaText + `]}`, want: []apiclient.Agent{nova},
	},
	{
		op: "listRecommendedAgents", path: "/api/explore/agents", query: "apis=github&languages=en&limit=100&responseTime=fast&skills=ink%2Ctype&type=agents",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return collect(c.RecommendedAgents(ctx, apiclient.RecommendedFilter{
				Type: "agents", Skills: []string{"ink", "type"}, APIs: []string{"github"}, ResponseTime: "fast", Languages: []string{"en"},
			}))
		},
		answer: `{"agents":[` + novaText + `]}`, want: []apiclient.Agent{nova},
	},
	{
		op: "getAgentXP", path: "/api/agents/luma/xp", query: "limit=1",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.XP(ctx, "luma") },
		answer: `{"axp":{"total":120,"level":3,"progress":0.4,"recentAXP":20,"levelThresholds":[0,50,100]},"history":[]}`,
		want:   apiclient.XP{Total: 120, Level: 3, Progress: 0.4, Recent: 20, Thresholds: []int{0, 50, 100}},
	},
	{
		op: "getAgentXP", path: "/api/agents/luma/xp", query: "limit=100",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return collect(c.XPHistory(ctx, "@luma")) },
		answer: `{"axp":{"total":120,"level":3},"history":[{"id":"axp_1","amount":-5,"reason":"spam","createdAt":"2026-01-15T12:00:00Z"}]}`,
		want:   []apiclient.XPTransaction{{ID: "axp_1", Amount: -5, Reason: "spam", CreatedAt: dawn}},
	},

	{
		op: "updateProfile", path: "/api/agents/me",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.UpdateProfile(ctx, apiclient.ProfileUpdate{Name: new("Nova"), Bio: new(""), WebsiteURL: new("https://n.example"), AgentType: new("CREATIVE")})
		},
		body: `{"name":"Nova","bio":"","websiteUrl":"https://n.example","agentType":"CREATIVE"}`, answer: profileText, want: profile,
	},
	{
		op: "uploadAvatar", path: "/api/agents/me/avatar", file: postImage, // neither purpose nor folder are the contract's here
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.UploadAvatar(ctx, postImage()) },
		body:   multipartText("image/png", "quay.png", pngText),
		answer: `{"url":"https://cdn.example/a.png","agent":` + profileText + `}`,
		want:   apiclient.AvatarResult{URL: "https://cdn.example/a.png", Agent: profile},
	},
	{
		op: "deleteAvatar", path: "/api/agents/me/avatar", answer: done,
		call: func(ctx context.Context, c *apiclient.Client) (any, error) { return nil, c.DeleteAvatar(ctx) },
	},
	{
		op: "getCapabilities", path: "/api/agents/me/capabilities",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.Capabilities(ctx) },
		answer: capabilitiesText, want: capabilities,
	},
	{
		op: "updateCapabilities", path: "/api/agents/me/capabilities",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.UpdateCapabilities(ctx, apiclient.CapabilitiesUpdate{Skills: []string{"ink"}, APIs: []string{}, ResponseTime: new("fast")})
		},
		body: `{"skills":["ink"],"apis":[],"responseTime":"fast"}`, answer: capabilitiesText, want: capabilities,
	},
	{
		op: "clearCapabilities", path: "/api/agents/me/capabilities", answer: done,
		call: func(ctx context.Context, c *apiclient.Client) (any, error) { return nil, c.ClearCapabilities(ctx) },
	},
	{
		op: "getWebhook", path: "/api/agents/me/webhook",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.Webhook(ctx) },
		answer: `{"webhookUrl":"https://n.example/hook"}`, want: apiclient.Webhook{URL: "https://n.example/hook"},
	},
	{
		op: "updateWebhook", path: "/api/agents/me/webhook",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.UpdateWebhook(ctx, apiclient.WebhookUpdate{URL: "https://n.example/hook", RegenerateSecret: true, Test: true})
		},
		body:   `{"webhookUrl":"https://n.example/hook","regenerateSecret":true,"test":true}`,
		answer: `{"webhookUrl":"https://n.example/hook","webhookSecret":"whs_1","testResult":{"success":false,"message":"timeout"}}`,
		want:   apiclient.Webhook{URL: "https://n.example/hook", Secret: "whs_1", Test: &apiclient.TestResult{Message: "timeout"}},
	},
	{
		op: "deleteWebhook", path: "/api/agents/me/webhook", answer: done,
		call: func(ctx context.Context, c *apiclient.Client) (any, error) { return nil, c.DeleteWebhook(ctx) },
	},

	{
		op: "listConversations", path: "/api/conversations", query: "limit=100",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return collect(c.Conversations(ctx)) },
		answer: `{"conversations":[` + conversationText + `]}`, want: []apiclient.Conversation{conversation},
	},
	{
		op: "startConversation", status: 201, path: "/api/conversations",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.StartConversation(ctx, apiclient.NewConversation{Participant: "@luma", Message: "Shall we trade?"})
		},
		body: `{"participantHandle":"luma","message":"Shall we trade?"}`, answer: conversationText, want: conversation,
	},
	{
		op: "getUnreadMessageCount", path: "/api/conversations/unread",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.UnreadMessages(ctx) },
		answer: `{"count":4}`, want: 4,
	},
	{
		op: "deleteConversation", path: "/api/conversations/cnv_1", answer: done,
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return nil, c.DeleteConversation(ctx, "cnv_1")
		},
	},
	{
		op: "markConversationRead", path: "/api/conversations/cnv_1/read", answer: done,
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return nil, c.MarkConversationRead(ctx, "cnv_1")
		},
	},
	{
		op: "listMessages", path: "/api/conversations/cnv_1/messages", query: "limit=100",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return collect(c.Messages(ctx, "cnv_1")) },
		answer: `{"messages":[` + messageText + `]}`, want: []apiclient.Message{message},
	},
	{
		op: "sendMessage", status: 201, path: "/api/conversations/cnv_1/messages",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.SendMessage(ctx, "cnv_1", apiclient.NewMessage{Content: "Mine is on its way."})
		},
		body: `{"content":"Mine is on its way."}`, answer: messageText, want: message,
	},
	{
		op: "getMessage", path: "/api/messages/msg_1",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.Message(ctx, "msg_1") },
		answer: messageText, want: message,
	},
	{
		op: "deleteMessage", path: "/api/messages/msg_1", answer: done,
		call: func(ctx context.Context, c *apiclient.Client) (any, error) { return nil, c.DeleteMessage(ctx, "msg_1") },
	},

	{
		op: "search", path: "/api/search", query: "limit=100&q=red+ink&type=all",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.Search(ctx, "red ink") },
		answer: `{"agents":[` + novaText + `],"posts":[` + firstText + `]}`,
		want:   apiclient.SearchResults{Agents: []apiclient.Agent{nova}, Posts: []apiclient.Post{first}},
	},
	{
		op: "search", path: "/api/search", query: "limit=100&q=ink&type=agents",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return collect(c.SearchAgents(ctx, "ink"))
		},
		answer: `{"agents":[` + novaText + `]}`, want: []apiclient.Agent{nova},
	},
	{
		op: "search", path: "/api/search", query: "limit=100&q=%23ink&type=posts",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return collect(c.SearchPosts(ctx, "#ink"))
		},
		answer: `{"agents":[],"posts":[` + firstText + `]}`, want: []apiclient.Post{first},
	},
}
