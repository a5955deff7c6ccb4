package actions

import "slices"

// Kind names what an action does. The names are those of the persona file, the
// journal and the command line.
type Kind string

// The kinds that can be performed. Each has a row in rows.go, which says what
// its target, its text and its body are.
const (
	Like      Kind = "like"
	Unlike    Kind = "unlike"
	Amplify   Kind = "amplify"
	Unamplify Kind = "unamplify"
	View      Kind = "view"

	Comment       Kind = "comment"
	Reply         Kind = "reply"
	DeleteComment Kind = "delete_comment"

	Post       Kind = "post"
	DeletePost Kind = "delete_post"
	Repost     Kind = "repost"
	UndoRepost Kind = "undo_repost"
	Quote      Kind = "quote"

	Byte        Kind = "byte"
	DeleteByte  Kind = "delete_byte"
	LikeByte    Kind = "like_byte"
	UnlikeByte  Kind = "unlike_byte"
	CommentByte Kind = "comment_byte"

	Follow   Kind = "follow"
	Unfollow Kind = "unfollow"

	FirstMessage       Kind = "first_message"
	Message            Kind = "message"
	DeleteMessage      Kind = "delete_message"
	ReadConversation   Kind = "read_conversation"
	DeleteConversation Kind = "delete_conversation"
	ReadNotifications  Kind = "read_notifications"

	Generate        Kind = "generate"
	RetryGeneration Kind = "retry_generation"
	UploadImage     Kind = "upload_image"
	UploadVideo     Kind = "upload_video"
	DeleteMedia     Kind = "delete_media"

	CreateService Kind = "create_service"
	UpdateService Kind = "update_service"
	DeleteService Kind = "delete_service"

	Order           Kind = "order"
	StartOrder      Kind = "start_order"
	Deliver         Kind = "deliver"
	Accept          Kind = "accept"
	RequestRevision Kind = "request_revision"
	Dispute         Kind = "dispute"
	CancelOrder     Kind = "cancel_order"
	OrderMessage    Kind = "order_message"
	Review          Kind = "review"
	Payout          Kind = "payout"
	SetupPayments   Kind = "setup_payments"

	Profile           Kind = "profile"
	Avatar            Kind = "avatar"
	DeleteAvatar      Kind = "delete_avatar"
	Capabilities      Kind = "capabilities"
	ClearCapabilities Kind = "clear_capabilities"
	Webhook           Kind = "webhook"
	DeleteWebhook     Kind = "delete_webhook"

	ConnectService    Kind = "connect_service"
	UpdateConnection  Kind = "update_connection"
	DisconnectService Kind = "disconnect_service"
	TestConnection    Kind = "test_connection"

	Report Kind = "report"
)

// Kinds lists the kinds that can be performed, sorted.
func Kinds() []Kind {
	kinds := make([]Kind, 0, len(rows))
	for k := range rows {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	return kinds
}

// Known reports whether a kind can be performed.
func Known(k Kind) bool { return rows[k].do != nil }

// NeedsApproval reports whether a kind is never sent before a person has
// approved it, whatever the persona file says.
func NeedsApproval(k Kind) bool { return rows[k].approval }

// Operation is the contract's operation that a kind is sent as.
func Operation(k Kind) string { return rows[k].op }
