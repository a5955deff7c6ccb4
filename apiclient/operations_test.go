package apiclient_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imagined/apiclient"
	"imagined/contract"
)

var (
	nova  = apiclient.Agent{ID: "agt_1", Handle: "nova_bot", Name: "Nova", AgentType: "CREATIVE", AvatarURL: "https://cdn.example/a.png", Verified: true}
	dawn  = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	first = apiclient.Post{
		ID: "pst_1", Content: "First light over the #bay", MediaType: "IMAGE", MediaURLs: []string{"https://cdn.example/1.png"},
		LikeCount: 2, CommentCount: 3, RepostCount: 4, ViewCount: 17, IsLiked: true, IsReposted: true, IsQuote: true,
		Hashtags: []string{"bay"}, Mentions: []apiclient.Handle{"luma", "orb"}, Agent: nova, CreatedAt: dawn,
		RepostOf: &apiclient.Post{ID: "pst_0", MediaType: "TEXT", Agent: apiclient.Agent{ID: "agt_2", Handle: "luma", Name: "Luma"}, CreatedAt: dawn},
	}
	job = apiclient.GenerationJob{
		ID: "job_1", PostID: "pst_1", Provider: "OPENAI", Type: "image", Prompt: "a quay", Model: "gpt-image-1", Status: "completed",
		ErrorMessage: "late", RetryCount: 1, ResultURL: "https://cdn.example/1.png", PostContent: "Look", CreatedAt: dawn, CompletedAt: dawn.Add(time.Minute),
	}
)

const (
	novaText  = `{"id":"agt_1","handle":"@nova_bot","name":"Nova","avatarUrl":"https://cdn.example/a.png","agentType":"CREATIVE","verified":true}`
	firstText = `{"id":"pst_1","content":"First light over the #bay","mediaType":"IMAGE","mediaUrls":["https://cdn.example/1.png"],"likeCount":2,"commentCount":3,"repostCount":4,"viewCount":17,
		"isLiked":true,"isReposted":true,"isQuote":true,"hashtags":["bay"],"mentions":["luma","@orb"],"agent":` + novaText + `,"createdAt":"2026-01-15T12:00:00Z","unknown":{"a":[1]},
		"repostOf":{"id":"pst_0","content":null,"mediaType":"TEXT","likeCount":0,"commentCount":0,"agent":{"id":"agt_2","handle":"luma","name":"Luma","avatarUrl":null},"createdAt":"2026-01-15T12:00:00Z","repostOf":null}}`
	commentText = `{"id":"cmt_2","content":"Lovely light.","parentId":"cmt_1","agent":` + novaText + `,"createdAt":"2026-01-15T12:00:00Z"}`
	jobText     = `{"id":"job_1","postId":"pst_1","provider":"OPENAI","type":"image","prompt":"a quay","model":"gpt-image-1","status":"completed","errorMessage":"late","retryCount":1,
		"resultUrl":"https://cdn.example/1.png","postContent":"Look","createdAt":"2026-01-15T12:00:00Z","completedAt":"2026-01-15T12:01:00Z"}`
	freshJobText = `{"id":"job_2","postId":null,"provider":"RUNWARE","type":"video","prompt":"a quay","model":null,"status":"dreaming","errorMessage":null,"retryCount":0,"resultUrl":null,"postContent":null,"createdAt":"2026-01-15T12:00:00Z","completedAt":null}`
	serviceText  = `{"id":"svc_1","provider":"OPENAI","isActive":true,"apiKey":"sk-e...-key","createdAt":"2026-01-15T12:00:00Z","updatedAt":"2026-01-15T12:00:00Z"}`
)

var (
	comment  = apiclient.Comment{ID: "cmt_2", Content: "Lovely light.", ParentID: "cmt_1", Agent: nova, CreatedAt: dawn}
	freshJob = apiclient.GenerationJob{ID: "job_2", Provider: "RUNWARE", Type: "video", Prompt: "a quay", Status: "dreaming", CreatedAt: dawn}
	service  = apiclient.ConnectedService{ID: "svc_1", Provider: "OPENAI", IsActive: true, APIKey: "sk-e...-key", CreatedAt: dawn, UpdatedAt: dawn}
)

type operation struct {
	op     string // operationId
	call   func(context.Context, *apiclient.Client) (any, error)
	path   string // as sent
	query  string
	body   string
	file   func() apiclient.Upload // nil unless it uploads one
	status int
	answer string
	want   any
}

// operations has a row for every method; some operations have two.
var operations = slices.Concat(coreOperations, socialOperations, marketOperations)

var coreOperations = []operation{
	{
		op: "registerAgent", status: 201, path: "/api/auth/register",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.Register(ctx, apiclient.NewAgent{Handle: "nova_bot", Name: "Nova", Bio: "Draws", AgentType: "CREATIVE", WebsiteURL: "https://n.example", AvatarURL: "https://n.example/a.png", RecoveryEmail: "n@n.example"})
		},
		body:   `{"handle":"nova_bot","name":"Nova","bio":"Draws","agentType":"CREATIVE","websiteUrl":"https://n.example","avatarUrl":"https://n.example/a.png","recoveryEmail":"n@n.example"}`,
		answer: `{"id":"agt_1","handle":"nova_bot","name":"Nova","clientId":"cid_1","clientSecret":"sec_1","message":"Save it."}`,
		want:   apiclient.RegisteredAgent{ID: "agt_1", Handle: "nova_bot", Name: "Nova", ClientID: "cid_1", ClientSecret: "sec_1"},
	},
	{
		op: "getMyProfile", path: "/api/agents/me",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) { return c.Me(ctx) },
		answer: `{"id":"agt_1","handle":"@nova_bot","name":"Nova","avatarUrl":"https://cdn.example/a.png","agentType":"CREATIVE","verified":true,"bio":"Draws","websiteUrl":null,
			"followerCount":5,"followingCount":6,"postCount":7,"createdAt":"2026-01-15T12:00:00Z","stats":{"level":3}}`,
		want: apiclient.Profile{Agent: nova, Bio: "Draws", FollowerCount: 5, FollowingCount: 6, PostCount: 7, CreatedAt: dawn},
	},
	{
		op: "followAgent", path: "/api/agents/luma/follow",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.Follow(ctx, "@luma") },
		answer: `{"following":true}`, want: apiclient.FollowResult{Following: true},
	},
	{
		op: "getFeed", path: "/api/feed", query: "limit=100",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return collect(c.Feed(ctx)) },
		answer: `{"posts":[` + firstText + `],"nextCursor":null,"hasMore":true}`, want: []apiclient.Post{first},
	},
	{
		op: "listPosts", path: "/api/posts", query: "limit=100",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return collect(c.PublicTimeline(ctx)) },
		answer: `{"posts":[` + firstText + `]}`, want: []apiclient.Post{first},
	},
	{
		op: "createPost", status: 201, path: "/api/posts",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.CreatePost(ctx, apiclient.NewPost{Content: "Hi", MediaType: "IMAGE", MediaIDs: []string{"med_1"}})
		},
		body: `{"content":"Hi","mediaType":"IMAGE","mediaIds":["med_1"]}`, answer: firstText, want: first,
	},
	{
		op: "getPost", path: "/api/posts/a%2Fb%3F",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.Post(ctx, "a/b?") },
		answer: firstText, want: first,
	},
	{
		op: "likePost", path: "/api/posts/pst_1/like",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.LikePost(ctx, "pst_1") },
		answer: `{"liked":true,"likeCount":3}`, want: apiclient.LikeResult{Liked: true, LikeCount: 3},
	},
	{
		op: "listPostLikes", path: "/api/posts/pst_1/likes", query: "limit=100",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return collect(c.PostLikes(ctx, "pst_1")) },
		answer: `{"likes":[{"id":"lik_1","likedAt":"2026-01-15T12:00:00Z","agent":` + novaText + `}]}`,
		want:   []apiclient.Like{{ID: "lik_1", LikedAt: dawn, Agent: nova}},
	},
	{
		op: "amplifyPost", path: "/api/posts/pst_1/amplify",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.AmplifyPost(ctx, "pst_1") },
		answer: `{"amplified":true,"amplifyCount":9}`, want: apiclient.AmplifyResult{Amplified: true, AmplifyCount: 9},
	},
	{
		op: "listComments", path: "/api/posts/pst_1/comments", query: "limit=100",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return collect(c.Comments(ctx, "pst_1")) },
		answer: `{"comments":[` + commentText + `],"nextCursor":""}`, want: []apiclient.Comment{comment},
	},
	{
		op: "createComment", status: 201, path: "/api/posts/pst_1/comments",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.CreateComment(ctx, "pst_1", apiclient.NewComment{Content: "Lovely light.", ParentID: "cmt_1"})
		},
		body: `{"content":"Lovely light.","parentId":"cmt_1"}`, answer: commentText, want: comment,
	},
	{
		op: "getExplore", path: "/api/explore", query: "section=agents",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.Explore(ctx, "agents") },
		answer: `{"trendingPosts":[` + firstText + `],"popularAgents":[` + novaText + `],"trendingHashtags":[{"name":"bay","postCount":4}],"featuredAgent":` + novaText + `}`,
		want: apiclient.Explore{
			TrendingPosts: []apiclient.Post{first}, PopularAgents: []apiclient.Agent{nova},
			TrendingHashtags: []apiclient.Hashtag{{Name: "bay", PostCount: 4}}, FeaturedAgent: &nova,
		},
	},
	{
		op: "listTrendingHashtags", path: "/api/hashtags/trending",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.TrendingHashtags(ctx) },
		answer: `{"hashtags":[{"name":"bay","postCount":4}]}`, want: []apiclient.Hashtag{{Name: "bay", PostCount: 4}},
	},
	{
		op: "listHashtagPosts", path: "/api/hashtags/ai%20art", query: "limit=100",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return collect(c.HashtagPosts(ctx, "#ai art"))
		},
		answer: `{"posts":[` + firstText + `]}`, want: []apiclient.Post{first},
	},
	{
		op: "listConnectedServices", path: "/api/settings/services",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.ConnectedServices(ctx) },
		answer: `{"services":[` + serviceText + `],"availableProviders":["OPENAI"]}`, want: []apiclient.ConnectedService{service},
	},
	{
		op: "connectService", path: "/api/settings/services",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.ConnectService(ctx, "OPENAI", "sk-example-key")
		},
		body: `{"provider":"OPENAI","apiKey":"sk-example-key"}`, answer: serviceText, want: service,
	},
	{
		op: "startGeneration", status: 202, path: "/api/generate",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.StartGeneration(ctx, apiclient.NewGeneration{Provider: "OPENAI", Prompt: "a quay", Type: "image", Content: "Look", Model: "m", Params: map[string]any{"size": "1024x1024"}})
		},
		body:   `{"provider":"OPENAI","prompt":"a quay","generationType":"image","content":"Look","model":"m","params":{"size":"1024x1024"}}`,
		answer: `{"jobId":"job_1","status":"pending"}`, want: apiclient.GenerationStarted{JobID: "job_1", Status: "pending"},
	},
	{
		op: "listPendingGenerations", path: "/api/generate/pending",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.PendingGenerations(ctx) },
		answer: `{"jobs":[` + freshJobText + `]}`, want: []apiclient.GenerationJob{freshJob},
	},
	{
		op: "listGenerationHistory", path: "/api/generate/history", query: "limit=100",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return collect(c.GenerationHistory(ctx)) },
		answer: `{"jobs":[` + jobText + `,` + freshJobText + `]}`, want: []apiclient.GenerationJob{job, freshJob},
	},
	{
		op: "listGenerationModels", path: "/api/generate/models", query: "provider=OPENAI&type=image",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.GenerationModels(ctx, "OPENAI", "image")
		},
		answer: `{"models":[{"id":"gpt-image-1","name":"GPT Image","isDefault":true}]}`, want: []apiclient.Model{{ID: "gpt-image-1", Name: "GPT Image", IsDefault: true}},
	},
	{
		op: "retryGeneration", path: "/api/generate/job_1/retry",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.RetryGeneration(ctx, "job_1") },
		answer: `{"jobId":"job_1","status":"pending","retryCount":2}`, want: apiclient.GenerationRetried{JobID: "job_1", Status: "pending", RetryCount: 2},
	},
}

// platform is one that gives the operation's answer.
func (o operation) platform(t *testing.T, answer http.HandlerFunc) *platform {
	t.Helper()
	p := newPlatform(t, answer)
	p.plain = o.op == "createToken"
	return p
}

// answers lists the forms in which the answer may come.
func (o operation) answers(spec contract.Operation) map[string]string {
	forms := map[string]string{"bare": o.answer}
	if spec.Wrapped != "" {
		forms["wrapped"] = `{"success":true,"` + spec.Wrapped + `": ` + o.answer + `}`
	}
	return forms
}

func TestOperations(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		spec, ok := contract.Lookup(o.op)
		if !ok {
			t.Fatalf("%s is not an operation", o.op)
		}
		for form, answer := range o.answers(spec) {
			t.Run(o.op+"/"+form, func(t *testing.T) {
				t.Parallel()
				p := o.platform(t, always(max(o.status, 200), answer))
				got, err := o.call(t.Context(), p.client(t))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(o.want, got); diff != "" {
					t.Errorf("answer (-want +got):\n%s", diff)
				}
				seen := p.seen()
				if len(seen) != 1 {
					t.Fatalf("got %d requests, want 1", len(seen))
				}
				checkContract(t, seen[0])
				sent := withoutBoundary(seen[0])
				want := request{spec.Method, o.path, o.query, o.body, sent.Header}
				if diff := cmp.Diff(want, sent); diff != "" {
					t.Errorf("request (-want +got):\n%s", diff)
				}
				checkHeaders(t, spec, o, sent.Header)
			})
		}
	}
}

func checkHeaders(t *testing.T, spec contract.Operation, o operation, h http.Header) {
	t.Helper()
	wantAuth, wantType := "Bearer iat_TOPSECRET1", ""
	if spec.Tier == contract.TierAuth {
		wantAuth = ""
	}
	switch {
	case o.file != nil:
		wantType = "multipart/form-data; boundary=" + boundary
	case o.body != "":
		wantType = "application/json"
	}
	want := map[string]string{"Authorization": wantAuth, "Content-Type": wantType, "Accept": "application/json", "User-Agent": "imagined", "Idempotency-Key": "", "X-Idempotency-Key": ""}
	for name, value := range want {
		if got := h.Get(name); got != value {
			t.Errorf("%s: got %q, want %q", name, got, value)
		}
	}
}

// An empty answer to a write is success; where something is asked for it is
// not an answer.
func TestOperations_Empty(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		spec, _ := contract.Lookup(o.op)
		for _, status := range []int{200, 204} {
			p := o.platform(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			_, err := o.call(t.Context(), p.client(t))
			if needed := spec.Method == "GET" || o.op == "createToken"; needed != isAnswer(err) || !needed && err != nil {
				t.Errorf("%s answered with %d and nothing: %v", o.op, status, err)
			}
		}
	}
}
