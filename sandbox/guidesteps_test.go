package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	postFields   = "id content likeCount commentCount agent"
	tokenFields  = "access_token token_type expires_in refresh_token scope"
	voiceFields  = "voices.0.voice_id voices.0.name voices.0.category voices.0.gender voices.0.age voices.0.accent voices.0.use_case voices.0.preview_url"
	exploreParts = "trendingPosts.0.id popularAgents.0.id trendingHashtags.0.name featuredAgent"
)

// steps has a row for every command of the guide, in its order.
var steps = []step{
	{op: "registerAgent", has: "id handle name clientId clientSecret message", after: registered},
	{op: "createToken", has: tokenFields, after: signedIn},
	{op: "createToken", has: tokenFields, after: signedIn},

	{op: "createPost", has: postFields, after: func(s *stage, r *reply) {
		s.mine = r.has("hashtags", `["hashtags"]`).has("mentions", `["mentions"]`).has("mediaType", `"TEXT"`).text("id")
	}},
	{op: "getFeed", before: (*stage).followOther, after: (*stage).unfollowOther,
		has: "posts.0.id posts.0.content posts.0.agent posts.0.likeCount posts.0.commentCount posts.0.isLiked posts.0.createdAt nextCursor"},
	{op: "listPosts", has: "posts.19 nextCursor"},
	{op: "getPost", has: postFields, after: shows("id", "POST_ID")},
	{op: "likePost", after: count("likeCount", 1)},
	{op: "unlikePost", after: count("likeCount", 0)},
	{op: "listPostLikes", before: onPost("/like"), has: "likes.0.id likes.0.likedAt likes.0.agent nextCursor"},
	{op: "createComment", after: keeps("COMMENT_ID", "id")},
	{op: "listComments", after: shows("comments.0.id", "COMMENT_ID")},
	{op: "deleteComment", after: func(s *stage, _ *reply) { s.me.get("/api/posts/"+s.is["POST_ID"]).has("commentCount", "0") }},
	{op: "repostPost"},
	{op: "undoRepost"},
	{op: "listReposts", before: func(s *stage) {
		onPost("/repost")(s)
		s.other.post("/api/posts/"+s.is["POST_ID"]+"/quote", `{"content":"Look"}`).want(201)
	}, has: "reposts.0.id reposts.1.id nextCursor"},
	{op: "quotePost", has: postFields, after: shows("repostOf.id", "POST_ID")},
	{op: "amplifyPost"},
	{op: "removeAmplify"},
	{op: "recordView"},
	{op: "deletePost", before: func(s *stage) { s.is["POST_ID"], s.mine = s.mine, s.is["POST_ID"] }, after: func(s *stage, _ *reply) {
		s.me.get("/api/posts/" + s.is["POST_ID"]).want(404)
		s.is["POST_ID"] = s.mine
	}},

	{op: "followAgent"},
	{op: "unfollowAgent"},
	{op: "getFollowStatus", after: func(s *stage, r *reply) {
		r.has("following", "false")
		s.followOther()
	}},
	{op: "getAgent", has: "handle name bio avatarUrl agentType verified followerCount followingCount postCount createdAt", after: count("followerCount", 1)},
	{op: "getMyProfile", after: func(_ *stage, r *reply) { r.has("handle", `"my_agent"`).has("followingCount", "1") }},
	{op: "updateProfile", after: func(_ *stage, r *reply) {
		r.has("name", `"New Display Name"`).has("bio", `"Updated bio description"`).has("websiteUrl", `"https://example.com"`).has("agentType", `"CREATIVE"`)
	}},
	{op: "uploadAvatar", has: "url agent.handle", after: func(s *stage, r *reply) { s.me.get(strings.TrimPrefix(r.text("url"), s.url)).want(200) }},
	{op: "deleteAvatar", after: func(s *stage, _ *reply) { s.me.get("/api/agents/me").has("avatarUrl", "null") }},
	{op: "getCapabilities", has: "skills apis responseTime languages"},
	{op: "updateCapabilities", after: func(_ *stage, r *reply) {
		r.has("skills", `["image-generation","code-review"]`).has("apis", `["openai","github"]`).has("responseTime", `"fast"`).has("languages", `["en","es"]`)
	}},
	{op: "clearCapabilities", after: func(s *stage, _ *reply) { s.me.get("/api/agents/me/capabilities").has("skills", "[]") }},
	{op: "updateWebhook", has: "webhookUrl webhookSecret", after: func(_ *stage, r *reply) { r.has("testResult.success", "true") }},
	{op: "getWebhook", has: "webhookUrl", after: func(s *stage, r *reply) {
		r.has("webhookUrl", fmt.Sprintf("%q", s.is["https://your-server.com"]+"/webhook"))
	}},
	{op: "deleteWebhook", after: func(s *stage, _ *reply) { s.me.get("/api/agents/me/webhook").has("webhookUrl", "null") }},

	{op: "listAgents", has: "agents.0.handle nextCursor", after: func(_ *stage, r *reply) { r.has("agents.0.verified", "true") }},
	{op: "listRecommendedAgents", has: "agents.0.handle", after: func(s *stage, r *reply) {
		if slices.ContainsFunc(r.list("agents"), func(a any) bool { return a.(map[string]any)["handle"] == s.other.handle }) {
			s.t.Error("an agent that is followed is recommended")
		}
	}},
	{op: "listSimilarAgents", has: "agents.0.handle"},
	{op: "listFollowers", after: func(_ *stage, r *reply) { r.has("agents.0.handle", `"my_agent"`) }},
	{op: "listFollowing", before: func(s *stage) { s.other.post("/api/agents/my_agent/follow", "").want(200) }, after: func(_ *stage, r *reply) {
		r.has("agents.0.handle", `"my_agent"`)
	}},
	{op: "listAgentLikes", before: func(s *stage) { s.other.post("/api/posts/"+s.anything()+"/like", "").want(200) }, has: "posts.0.id nextCursor"},
	{op: "getAgentXP", has: "axp.total axp.level axp.progress axp.recentAXP axp.levelThresholds history.0.id nextCursor"},

	{op: "startConversation", has: "id", after: keeps("CONVERSATION_ID", "id")},
	{op: "listConversations", before: (*stage).answered, has: "conversations.0.participant.handle conversations.0.lastMessage.content", after: count("conversations.0.unreadCount", 1)},
	{op: "listMessages", has: "messages.1.content"},
	{op: "sendMessage", after: func(_ *stage, r *reply) { r.has("content", `"Your message here"`) }},
	{op: "markConversationRead", before: (*stage).answered, after: func(s *stage, _ *reply) { s.me.get("/api/conversations/unread").has("count", "0") }},
	{op: "deleteConversation", after: func(s *stage, _ *reply) { s.me.get("/api/conversations").has("conversations", "[]") }},
	{op: "getUnreadMessageCount", before: func(s *stage) {
		s.is["CONVERSATION_ID"] = s.other.post("/api/conversations", `{"participantHandle":"my_agent","message":"Hello again"}`).want(201).text("id")
	}, after: count("count", 1)},
	{op: "getMessage", before: func(s *stage) {
		s.is["MESSAGE_ID"] = s.me.post("/api/conversations/"+s.is["CONVERSATION_ID"]+"/messages", `{"content":"Hi"}`).want(201).text("id")
	}, has: "content", after: shows("id", "MESSAGE_ID")},
	{op: "deleteMessage", after: func(s *stage, _ *reply) { s.me.get("/api/messages/" + s.is["MESSAGE_ID"]).want(404) }},

	{op: "search", has: "agents posts.0.id nextCursor"},
	{op: "getExplore", has: exploreParts},
	{op: "listTrendingHashtags", has: "hashtags.0.name hashtags.0.postCount"},
	{op: "listHashtagPosts", has: "posts.0.id nextCursor"},

	{op: "listServices", has: "services.0.id nextCursor"},
	{op: "getService", has: "title price reviews agentStats", after: shows("id", "SERVICE_ID")},
	{op: "createService", before: func(s *stage) { s.mine = s.is["SERVICE_ID"] }, after: func(s *stage, r *reply) {
		r.has("price", "500").has("category", `"CREATIVE"`).has("tags", `["ai-art","image-generation"]`)
		keeps("SERVICE_ID", "id")(s, r)
	}},
	{op: "updateService", after: func(_ *stage, r *reply) { r.has("price", "750").has("description", `"Updated description"`) }},
	{op: "deleteService", after: func(s *stage, r *reply) {
		r.has("deactivated", "false")
		s.is["SERVICE_ID"] = s.mine
	}},
	{op: "placeOrder", has: "id status clientSecret", after: keeps("ORDER_ID", "id")},
	{op: "listOrders", after: shows("orders.0.id", "ORDER_ID")},
	{op: "getOrder", after: func(_ *stage, r *reply) { r.has("status", `"PAID"`).has("buyer.handle", `"my_agent"`) }},
	{op: "updateOrder", before: func(s *stage) {
		order := s.other.orders(s.me.offers("Prints", 700, 1, "CREATIVE"))
		s.me.act(order, "start").want(200)
		s.is["ORDER_ID"] = id(order)
	}, after: func(_ *stage, r *reply) {
		r.has("status", `"DELIVERED"`).has("deliverables", `"Here is your completed work: https://example.com/result"`)
	}},
	{op: "listOrderMessages", before: func(s *stage) {
		s.other.post(ordersPath+"/"+s.is["ORDER_ID"]+"/messages", `{"content":"Thank you"}`).want(201)
	}, has: "messages.0.content"},
	{op: "sendOrderMessage", after: func(_ *stage, r *reply) { r.has("attachments", `["https://example.com/file.png"]`) }},
	{op: "createReview", before: func(s *stage) {
		s.other.act(ordersPath+"/"+s.is["ORDER_ID"], "accept").want(200) // ours: it earns the payout below
		order := s.me.orders(s.is["SERVICE_ID"])
		s.other.act(order, "start").want(200)
		s.other.act(order, "deliver").want(200)
		s.me.act(order, "accept").want(200)
		s.is["ORDER_ID"] = id(order)
	}, after: func(_ *stage, r *reply) {
		r.has("rating", "5").has("qualityRating", "5").has("communicationRating", "5").has("deliveryRating", "5")
	}},
	{op: "listReviews", after: shows("reviews.0.orderId", "ORDER_ID")},
	{op: "listPayouts", has: "nextCursor", after: func(s *stage, r *reply) {
		r.has("summary.pending", "700").has("payouts.0.status", `"PENDING"`)
		keeps("PAYOUT_ID", "payouts.0.id")(s, r)
	}},
	{op: "requestPayout", before: func(s *stage) {
		s.me.get(strings.TrimPrefix(s.me.post(connectPath, "").want(200).text("onboardingUrl"), s.url)).want(200)
	}, after: func(_ *stage, r *reply) { r.has("status", `"PROCESSING"`) }},
	{op: "getPaymentAccount", has: "chargesEnabled payoutsEnabled"},
	{op: "setupPaymentAccount", has: "onboardingUrl"},

	{op: "listNotifications", has: "notifications.0.id notifications.0.type"},
	{op: "getNotificationCount", has: "count", after: func(s *stage, r *reply) {
		if n, _ := r.field("count").(float64); n == 0 {
			s.t.Error("nothing is unread before it is marked as read")
		}
	}},
	{op: "markNotificationsRead", after: func(s *stage, _ *reply) { s.me.get("/api/notifications/count").has("count", "0") }},
	{op: "getAnalyticsOverview", has: "current previous changes", after: func(_ *stage, r *reply) { r.has("range", `"30d"`) }},
	{op: "listPostPerformance", has: "posts.0.id"},

	{op: "uploadImage", has: "media_id", after: keeps("MEDIA_ID_FROM_UPLOAD", "media_id")},
	{op: "createPost", has: postFields, after: func(_ *stage, r *reply) { r.has("mediaType", `"IMAGE"`).has("hashtags", `["photo"]`) }},
	{op: "uploadVideo", after: func(_ *stage, r *reply) { r.has("type", `"video"`) }},
	{op: "listMedia", has: "media.0.id nextCursor", after: keeps("MEDIA_ID", "media.0.id")},
	{op: "deleteMedia", after: func(s *stage, _ *reply) { s.me.get("/api/upload?type=IMAGE").has("media", "[]") }},

	{op: "listConnectedServices", has: "services"},
	{op: "connectService", after: func(_ *stage, r *reply) { r.has("apiKey", `"sk-p...-key"`).has("isActive", "true") }},
	{op: "updateConnectedService", after: func(_ *stage, r *reply) { r.has("isActive", "false") }},
	{op: "disconnectService", after: func(s *stage, _ *reply) { s.me.get("/api/settings/services").has("services", "[]") }},
	{op: "testConnectedService", before: func(s *stage) { s.connect("OPENAI", "sk-1234567890abcd") }, after: func(_ *stage, r *reply) {
		r.has("success", "true").has("message", `"API key is valid"`)
	}},

	{op: "startGeneration", has: "jobId", after: func(_ *stage, r *reply) { r.has("status", `"pending"`) }},
	{op: "listPendingGenerations", before: func(s *stage) { s.generate("OPENAI") }, has: "jobs.0.id jobs.0.status"},
	{op: "listGenerationHistory", has: "jobs.1.id nextCursor hasMore", after: func(s *stage, r *reply) {
		r.has("jobs.1.status", `"completed"`)
		s.me.get("/api/posts/"+r.text("jobs.1.postId")).want(200).has("content", `"Check out this AI-generated city! #AIArt"`)
	}},
	{op: "listGenerationModels", has: "models.0.id models.0.name", after: func(_ *stage, r *reply) { r.has("models.0.isDefault", "true") }},
	{op: "retryGeneration", before: func(s *stage) {
		s.connect("RUNWARE", "rw-invalid-0000")
		s.is["JOB_ID"] = s.generate("RUNWARE")
		s.clock.add(10 * time.Second)
	}, after: func(_ *stage, r *reply) { r.has("status", `"pending"`).has("retryCount", "1") }},
	{op: "listVoices", before: func(s *stage) { s.connect("ELEVENLABS", "xi-1234567890abcd") }, has: voiceFields},
	{op: "startGeneration", has: "jobId", after: func(_ *stage, r *reply) { r.has("status", `"pending"`) }},

	{op: "listBytes", has: "bytes.0.id nextCursor"},
	{op: "getByte", has: "videoUrl likeCount commentCount agent", after: shows("id", "BYTE_ID")},
	{op: "uploadVideo", after: func(s *stage, r *reply) {
		keeps("MEDIA_ID_FROM_UPLOAD", "id")(s, r)
		s.mine = s.is["BYTE_ID"]
	}},
	{op: "createByte", has: "videoUrl", after: func(s *stage, r *reply) {
		r.has("caption", `"My first byte! #shorts"`)
		keeps("BYTE_ID", "id")(s, r)
	}},
	{op: "deleteByte", after: func(s *stage, _ *reply) {
		s.me.get("/api/bytes/" + s.is["BYTE_ID"]).want(404)
		s.is["BYTE_ID"] = s.mine
	}},
	{op: "likeByte"},
	{op: "unlikeByte"},
	{op: "createByteComment", after: keeps("COMMENT_ID", "id")},
	{op: "listByteComments", after: shows("comments.0.id", "COMMENT_ID")},

	{op: "createReport"},
}

// registered takes the credentials into the environment, as the guide has the
// reader do.
func registered(s *stage, r *reply) {
	s.me.handle, s.me.id = r.text("handle"), r.text("id")
	s.env["IMAGINEANYTHING_CLIENT_ID"], s.env["IMAGINEANYTHING_CLIENT_SECRET"] = r.text("clientId"), r.text("clientSecret")
}

func signedIn(s *stage, r *reply) {
	r.has("token_type", `"Bearer"`).has("expires_in", "3600").has("scope", `"read write"`)
	s.me.token = r.text("access_token")
	s.env["TOKEN"], s.is["YOUR_REFRESH_TOKEN"] = s.me.token, r.text("refresh_token")
	if !strings.HasPrefix(s.me.token, "iat_") || !strings.HasPrefix(s.is["YOUR_REFRESH_TOKEN"], "iar_") {
		r.t.Errorf("%s: tokens %s", r.what, r.body)
	}
}

// shows fails the test unless a field is what stands for the placeholder.
func shows(path, name string) func(*stage, *reply) {
	return func(s *stage, r *reply) { r.has(path, fmt.Sprintf("%q", s.is[name])) }
}

func count(path string, n int) func(*stage, *reply) {
	return func(_ *stage, r *reply) { r.has(path, fmt.Sprint(n)) }
}

// onPost has us do something with the post.
func onPost(path string) func(*stage) {
	return func(s *stage) {
		if r := s.me.post("/api/posts/"+s.is["POST_ID"]+path, ""); r.status/100 != 2 {
			s.t.Fatalf("%s: %d %s", r.what, r.status, r.body)
		}
	}
}

func (s *stage) followOther() { s.me.post("/api/agents/other_agent/follow", "").want(200) }

func (s *stage) unfollowOther(*reply) { s.me.delete("/api/agents/other_agent/follow").want(200) }

// anything returns a post of the population.
func (s *stage) anything() string {
	return s.anonymous().get("/api/posts?cursor=&limit=50").want(200).text("posts.40.id")
}

// answered has the other agent say something in the conversation.
func (s *stage) answered() {
	s.other.post("/api/conversations/"+s.is["CONVERSATION_ID"]+"/messages", `{"content":"Gladly"}`).want(201)
}

func (s *stage) connect(provider, key string) {
	s.me.post("/api/settings/services", fmt.Sprintf(`{"provider":%q,"apiKey":%q}`, provider, key)).want(200)
}

func (s *stage) generate(provider string) string {
	return s.me.post("/api/generate", fmt.Sprintf(`{"provider":%q,"generationType":"image","prompt":"a harbour"}`, provider)).want(202).text("jobId")
}
