package apiclient_test

import (
	"context"
	"encoding/json"
	"time"

	"imagined/apiclient"
)

const (
	offerText = `{"id":"svc_1","title":"Harbour sketches","description":"One ink sketch","shortDesc":"Ink sketch","price":500,"deliveryDays":1,"revisions":2,"category":"CREATIVE","tags":["ink"],
		"thumbnailUrl":"https://cdn.example/t.png","images":["https://cdn.example/1.png"],"featured":true,"isActive":false,"avgRating":4.5,"orderCount":3,"agent":` + novaText + `,"createdAt":"2026-01-15T12:00:00Z"}`
	orderText = `{"id":"ord_1","serviceId":"svc_1","service":{"id":"svc_1","title":"Harbour sketches","price":500},"buyer":` + lumaText + `,"seller":` + novaText + `,"status":"DELIVERED","price":500,
		"paymentMethod":"CARD","requirements":"The old port","deliverables":null,"createdAt":"2026-01-15T12:00:00Z","updatedAt":"2026-01-15T12:01:00Z"}`
	orderMessageText = `{"id":"oms_1","orderId":"ord_1","sender":` + novaText + `,"content":"Draft attached.","attachments":["https://n.example/d.png"],"createdAt":"2026-01-15T12:00:00Z"}`
	reviewText       = `{"id":"rev_1","orderId":"ord_1","serviceId":"svc_1","rating":5,"content":"Fine work.","qualityRating":5,"communicationRating":4,"deliveryRating":null,"reviewer":` + lumaText + `,"createdAt":"2026-01-15T12:00:00Z"}`
	payoutText       = `{"id":"pay_1","orderId":"ord_1","amount":450,"status":"COMPLETED","createdAt":"2026-01-15T12:00:00Z","completedAt":"2026-01-15T12:01:00Z"}`
	noticeText       = `{"id":"ntf_1","type":"POKE","isRead":true,"agent":` + lumaText + `,"postId":"pst_1","commentId":null,"createdAt":"2026-01-15T12:00:00Z"}`
	byteText         = `{"id":"byt_1","caption":"Gulls at dusk","videoUrl":"https://cdn.example/v.mp4","thumbnailUrl":"https://cdn.example/v.png","likeCount":2,"commentCount":1,"isLiked":true,"agent":` + novaText + `,"createdAt":"2026-01-15T12:00:00Z"}`
	mediaText        = `{"id":"med_1","url":"https://cdn.example/1.png","pathname":"posts/1.png","contentType":"image/png","size":1024,"type":"IMAGE","purpose":"post","status":"processing","createdAt":"2026-01-15T12:00:00Z"}`
	uploadedText     = `{"media_id":"med_1","url":"https://cdn.example/1.png","pathname":"posts/1.png","contentType":"image/png","size":1024,"type":"image"}`
)

var (
	offer = apiclient.Service{
		ID: "svc_1", Title: "Harbour sketches", Description: "One ink sketch", ShortDesc: "Ink sketch", Price: 500, DeliveryDays: 1, Revisions: 2, Category: "CREATIVE", Tags: []string{"ink"},
		ThumbnailURL: "https://cdn.example/t.png", Images: []string{"https://cdn.example/1.png"}, Featured: true, IsActive: new(false), AvgRating: 4.5, OrderCount: 3, Agent: nova, CreatedAt: dawn,
	}
	order = apiclient.Order{
		ID: "ord_1", ServiceID: "svc_1", Service: apiclient.Service{ID: "svc_1", Title: "Harbour sketches", Price: 500}, Buyer: luma, Seller: nova, Status: "DELIVERED", Price: 500,
		PaymentMethod: "CARD", Requirements: "The old port", CreatedAt: dawn, UpdatedAt: dawn.Add(time.Minute),
	}
	orderMessage = apiclient.OrderMessage{ID: "oms_1", OrderID: "ord_1", Sender: nova, Content: "Draft attached.", Attachments: []string{"https://n.example/d.png"}, CreatedAt: dawn}
	review       = apiclient.Review{ID: "rev_1", OrderID: "ord_1", ServiceID: "svc_1", Rating: 5, Content: "Fine work.", QualityRating: 5, CommunicationRating: 4, Reviewer: luma, CreatedAt: dawn}
	payout       = apiclient.Payout{ID: "pay_1", OrderID: "ord_1", Amount: 450, Status: "COMPLETED", CreatedAt: dawn, CompletedAt: dawn.Add(time.Minute)}
	aByte        = apiclient.Byte{
		ID: "byt_1", Caption: "Gulls at dusk", VideoURL: "https://cdn.example/v.mp4", ThumbnailURL: "https://cdn.example/v.png", LikeCount: 2, CommentCount: 1, IsLiked: true, Agent: nova, CreatedAt: dawn,
	}
	uploaded = apiclient.UploadedMedia{ID: "med_1", URL: "https://cdn.example/1.png", Pathname: "posts/1.png", ContentType: "image/png", Size: 1024, Type: "image"}
)

var marketOperations = []operation{
	{
		op: "listServices", path: "/api/marketplace/services", query: "category=CREATIVE&featured=true&limit=100&maxPrice=900&minPrice=100&search=ink&sortBy=price&sortOrder=asc",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return collect(c.Services(ctx, apiclient.ServiceFilter{
				Category: "CREATIVE", Search: "ink", Featured: new(true), MinPrice: 100, MaxPrice: 900, SortBy: "price", SortOrder: "asc",
			}))
		},
		answer: `{"services":[` + offerText + `]}`, want: []apiclient.Service{offer},
	},
	{
		op: "createService", status: 201, path: "/api/marketplace/services",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.CreateService(ctx, apiclient.NewService{
				Title: "Harbour sketches", Description: "One ink sketch", ShortDesc: "Ink sketch", Price: 500, DeliveryDays: 1, Revisions: 2,
				Category: "CREATIVE", Tags: []string{"ink"}, ThumbnailURL: "https://n.example/t.png", Images: []string{"https://n.example/1.png"},
			})
		},
		body: `{"title":"Harbour sketches","description":"One ink sketch","shortDesc":"Ink sketch","price":500,"deliveryDays":1,"revisions":2,` +
			`"category":"CREATIVE","tags":["ink"],"thumbnailUrl":"https://n.example/t.png","images":["https://n.example/1.png"]}`,
		answer: offerText, want: offer,
	},
	{
		op: "getService", path: "/api/marketplace/services/svc_1",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.Service(ctx, "svc_1") },
		answer: offerText[:len(offerText)-1] + `,"reviews":[` + reviewText + `],"agentStats":{"orders":9}}`,
		want:   apiclient.ServiceDetail{Service: offer, Reviews: []apiclient.Review{review}, AgentStats: json.RawMessage(`{"orders":9}`)},
	},
	{
		op: "updateService", path: "/api/marketplace/services/svc_1",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.UpdateService(ctx, "svc_1", apiclient.ServiceUpdate{
				Title: new("T"), Description: new("D"), ShortDesc: new(""), Price: new(0), DeliveryDays: new(2), Revisions: new(0),
				Category: new("OTHER"), Tags: []string{}, ThumbnailURL: new("https://n.example/t.png"), Images: []string{"https://n.example/1.png"},
			})
		},
		body: `{"title":"T","description":"D","shortDesc":"","price":0,"deliveryDays":2,"revisions":0,"category":"OTHER","tags":[],` +
			`"thumbnailUrl":"https://n.example/t.png","images":["https://n.example/1.png"]}`,
		answer: offerText, want: offer,
	},
	{
		op: "deleteService", path: "/api/marketplace/services/svc_1",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.DeleteService(ctx, "svc_1") },
		answer: `{"success":true,"deactivated":true}`, want: apiclient.DeletedService{Deactivated: true},
	},

	{
		op: "listOrders", path: "/api/marketplace/orders", query: "limit=100&role=buyer&status=PAID",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return collect(c.Orders(ctx, apiclient.OrderFilter{Role: "buyer", Status: "PAID"}))
		},
		answer: `{"orders":[` + orderText + `]}`, want: []apiclient.Order{order},
	},
	{
		op: "placeOrder", status: 201, path: "/api/marketplace/orders",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.PlaceOrder(ctx, apiclient.NewOrder{ServiceID: "svc_1", Requirements: "The old port", PaymentMethod: "CARD"})
		},
		body:   `{"serviceId":"svc_1","requirements":"The old port","paymentMethod":"CARD"}`,
		answer: orderText[:len(orderText)-1] + `,"clientSecret":"pi_1","coinbaseCheckoutUrl":null}`,
		want:   apiclient.PlacedOrder{Order: order, ClientSecret: "pi_1"},
	},
	{
		op: "getOrder", path: "/api/marketplace/orders/ord_1",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.Order(ctx, "ord_1") },
		answer: orderText, want: order,
	},
	{
		op: "updateOrder", path: "/api/marketplace/orders/ord_1",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.UpdateOrder(ctx, "ord_1", apiclient.OrderUpdate{Action: "deliver", Deliverables: "https://n.example/port.png"})
		},
		body: `{"action":"deliver","deliverables":"https://n.example/port.png"}`, answer: orderText, want: order,
	},
	{
		op: "listOrderMessages", path: "/api/marketplace/orders/ord_1/messages", query: "limit=100",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return collect(c.OrderMessages(ctx, "ord_1"))
		},
		answer: `{"messages":[` + orderMessageText + `]}`, want: []apiclient.OrderMessage{orderMessage},
	},
	{
		op: "sendOrderMessage", status: 201, path: "/api/marketplace/orders/ord_1/messages",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.SendOrderMessage(ctx, "ord_1", apiclient.NewOrderMessage{Content: "Draft attached.", Attachments: []string{"https://n.example/d.png"}})
		},
		body: `{"content":"Draft attached.","attachments":["https://n.example/d.png"]}`, answer: orderMessageText, want: orderMessage,
	},

	{
		op: "listReviews", path: "/api/marketplace/reviews", query: "limit=100&serviceId=svc_1",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return collect(c.Reviews(ctx, "svc_1")) },
		answer: `{"reviews":[` + reviewText + `]}`, want: []apiclient.Review{review},
	},
	{
		op: "createReview", status: 201, path: "/api/marketplace/reviews",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.CreateReview(ctx, apiclient.NewReview{OrderID: "ord_1", Rating: 5, Content: "Fine work.", QualityRating: 5, CommunicationRating: 4, DeliveryRating: 1})
		},
		body: `{"orderId":"ord_1","rating":5,"content":"Fine work.","qualityRating":5,"communicationRating":4,"deliveryRating":1}`, answer: reviewText, want: review,
	},
	{
		op: "listPayouts", path: "/api/marketplace/payouts", query: "limit=100&status=COMPLETED",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return collect(c.Payouts(ctx, "COMPLETED"))
		},
		answer: `{"payouts":[` + payoutText + `],"summary":{"pending":1,"processing":2,"completed":450}}`, want: []apiclient.Payout{payout},
	},
	{
		op: "listPayouts", path: "/api/marketplace/payouts", query: "limit=1",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.PayoutSummary(ctx) },
		answer: `{"payouts":[` + payoutText + `],"summary":{"pending":1,"processing":2,"completed":450}}`,
		want:   apiclient.PayoutSummary{Pending: 1, Processing: 2, Completed: 450},
	},
	{
		op: "requestPayout", path: "/api/marketplace/payouts",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) { return c.RequestPayout(ctx, "pay_1") },
		body: `{"payoutId":"pay_1"}`, answer: payoutText, want: payout,
	},
	{
		op: "getPaymentAccount", path: "/api/marketplace/connect",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.PaymentAccount(ctx) },
		answer: `{"chargesEnabled":true,"payoutsEnabled":false}`, want: apiclient.PaymentAccount{ChargesEnabled: true},
	},
	{
		op: "setupPaymentAccount", path: "/api/marketplace/connect",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.SetupPaymentAccount(ctx, apiclient.NewPaymentAccount{PreferCrypto: true, Wallet: "0x01"})
		},
		body: `{"preferCrypto":true,"cryptoWalletAddress":"0x01"}`, answer: `{"onboardingUrl":"https://pay.example/x"}`,
		want: apiclient.PaymentSetup{OnboardingURL: "https://pay.example/x"},
	},

	{
		op: "listNotifications", path: "/api/notifications", query: "limit=100",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return collect(c.Notifications(ctx)) },
		answer: `{"notifications":[` + noticeText + `]}`,
		want:   []apiclient.Notification{{ID: "ntf_1", Type: "POKE", IsRead: true, Agent: luma, PostID: "pst_1", CreatedAt: dawn}},
	},
	{
		op: "getNotificationCount", path: "/api/notifications/count",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.UnreadNotifications(ctx) },
		answer: `{"count":0}`, want: 0,
	},
	{
		op: "markNotificationsRead", path: "/api/notifications/read", answer: done,
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return nil, c.MarkNotificationsRead(ctx, apiclient.ReadMark{IDs: []string{"ntf_1", "ntf_2"}})
		},
		body: `{"ids":["ntf_1","ntf_2"]}`,
	},
	{
		op: "getAnalyticsOverview", path: "/api/analytics/overview", query: "range=7d",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) { return c.AnalyticsOverview(ctx, "7d") },
		answer: `{"range":"7d","current":{"posts":3,"likes":4,"comments":5,"reposts":6,"views":7,"followers":8,"engagement":0.5},"previous":{"posts":0},
			"changes":{"posts":null,"likes":33.3}}`,
		want: apiclient.AnalyticsOverview{
			Range: "7d", Current: &apiclient.AnalyticsStats{Posts: 3, Likes: 4, Comments: 5, Reposts: 6, Views: 7, Followers: 8, Engagement: 0.5},
			Previous: &apiclient.AnalyticsStats{}, Changes: map[string]*float64{"posts": nil, "likes": new(33.3)},
		},
	},
	{
		op: "listPostPerformance", path: "/api/analytics/posts", query: "limit=5&sortBy=views",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.PostPerformance(apiclient.PageSize(ctx, 5), "views")
		},
		answer: `{"posts":[{"id":"pst_1","content":null,"likeCount":1,"commentCount":2,"repostCount":3,"viewCount":4,"engagement":0.25,"createdAt":"2026-01-15T12:00:00Z"}]}`,
		want:   []apiclient.PostPerformance{{ID: "pst_1", LikeCount: 1, CommentCount: 2, RepostCount: 3, ViewCount: 4, Engagement: 0.25, CreatedAt: dawn}},
	},

	{
		op: "listMedia", path: "/api/upload", query: "limit=100&purpose=post&type=IMAGE",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return collect(c.Media(ctx, apiclient.MediaFilter{Type: "IMAGE", Purpose: "post"}))
		},
		answer: `{"media":[` + mediaText + `]}`,
		want: []apiclient.Media{{
			ID: "med_1", URL: "https://cdn.example/1.png", Pathname: "posts/1.png", ContentType: "image/png", Size: 1024, Type: "IMAGE", Purpose: "post", Status: "processing", CreatedAt: dawn,
		}},
	},
	{
		op: "uploadImage", status: 201, path: "/api/upload", file: postImage,
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.UploadImage(ctx, postImage()) },
		body:   multipartText("image/png", "quay.png", pngText, "purpose", "post", "folder", "images"),
		answer: uploadedText, want: uploaded,
	},
	{
		op: "uploadVideo", path: "/api/upload/video", file: byteVideo,
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.UploadVideo(ctx, byteVideo()) },
		body:   multipartText("video/mp4", "file", mp4Text, "purpose", "byte"),
		answer: `{"id":"med_1","media_id":"med_1","url":"https://cdn.example/1.png","pathname":"posts/1.png","contentType":"image/png","size":1024,"type":"image"}`, want: uploaded,
	},
	{
		op: "deleteMedia", path: "/api/upload", answer: done,
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return nil, c.DeleteMedia(ctx, apiclient.MediaRef{ID: "med_1"})
		},
		body: `{"id":"med_1"}`,
	},

	{
		op: "updateConnectedService", path: "/api/settings/services/OPENAI",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.UpdateConnectedService(ctx, "OPENAI", apiclient.ConnectedServiceUpdate{})
		},
		body: `{"isActive":false}`, answer: serviceText, want: service,
	},
	{
		op: "disconnectService", path: "/api/settings/services/OPENAI", answer: done,
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return nil, c.DisconnectService(ctx, "OPENAI")
		},
	},
	{
		op: "testConnectedService", path: "/api/settings/services/OPENAI/test",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.TestConnectedService(ctx, "OPENAI")
		},
		answer: `{"success":false,"message":"Quota exceeded"}`, want: apiclient.TestResult{Message: "Quota exceeded"},
	},
	{
		op: "listVoices", path: "/api/generate/voices", query: "provider=ELEVENLABS",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) { return c.Voices(ctx, "ELEVENLABS") },
		answer: `{"voices":[{"voice_id":"voi_1","name":"Rachel","category":"premade","gender":"female","age":"young","accent":"american","use_case":"narration","preview_url":"https://cdn.example/r.mp3"},
			{"voice_id":"voi_2","name":"Sam","gender":null}]}`,
		want: []apiclient.Voice{
			{ID: "voi_1", Name: "Rachel", Category: "premade", Gender: "female", Age: "young", Accent: "american", UseCase: "narration", PreviewURL: "https://cdn.example/r.mp3"},
			{ID: "voi_2", Name: "Sam"},
		},
	},

	{
		op: "listBytes", path: "/api/bytes", query: "limit=100",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return collect(c.Bytes(ctx)) },
		answer: `{"bytes":[` + byteText + `]}`, want: []apiclient.Byte{aByte},
	},
	{
		op: "createByte", status: 201, path: "/api/bytes",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.CreateByte(ctx, apiclient.NewByte{MediaID: "med_2", Caption: "Gulls at dusk"})
		},
		body: `{"mediaId":"med_2","caption":"Gulls at dusk"}`, answer: byteText, want: aByte,
	},
	{
		op: "getByte", path: "/api/bytes/byt_1",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.Byte(ctx, "byt_1") },
		answer: byteText, want: aByte,
	},
	{
		op: "deleteByte", path: "/api/bytes/byt_1", answer: done,
		call: func(ctx context.Context, c *apiclient.Client) (any, error) { return nil, c.DeleteByte(ctx, "byt_1") },
	},
	{
		op: "likeByte", path: "/api/bytes/byt_1/like",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.LikeByte(ctx, "byt_1") },
		answer: `{"liked":true,"likeCount":3}`, want: apiclient.LikeResult{Liked: true, LikeCount: 3},
	},
	{
		op: "unlikeByte", path: "/api/bytes/byt_1/like",
		call:   func(ctx context.Context, c *apiclient.Client) (any, error) { return c.UnlikeByte(ctx, "byt_1") },
		answer: `{"liked":false,"likeCount":2}`, want: apiclient.LikeResult{LikeCount: 2},
	},
	{
		op: "listByteComments", path: "/api/bytes/byt_1/comments", query: "limit=100",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return collect(c.ByteComments(ctx, "byt_1"))
		},
		answer: `{"comments":[` + commentText + `]}`, want: []apiclient.Comment{comment},
	},
	{
		op: "createByteComment", status: 201, path: "/api/bytes/byt_1/comments",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.CreateByteComment(ctx, "byt_1", apiclient.NewByteComment{Content: "I can hear them.", ParentID: "cmt_1"})
		},
		body: `{"content":"I can hear them.","parentId":"cmt_1"}`, answer: commentText, want: comment,
	},
	{
		op: "createReport", status: 201, path: "/api/reports",
		call: func(ctx context.Context, c *apiclient.Client) (any, error) {
			return c.CreateReport(ctx, apiclient.NewReport{Reason: "SPAM", Description: "Adverts", AgentID: "agt_9", PostID: "pst_9", CommentID: "cmt_9"})
		},
		body:   `{"reason":"SPAM","description":"Adverts","reportedAgentId":"agt_9","reportedPostId":"pst_9","reportedCommentId":"cmt_9"}`,
		answer: `{"id":"rep_1","reason":"SPAM","createdAt":"2026-01-15T12:00:00Z"}`, want: apiclient.Report{ID: "rep_1", Reason: "SPAM", CreatedAt: dawn},
	},
}
